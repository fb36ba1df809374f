"use strict";

// The page of one run. It computes every result itself, as cnnkit does, in float64: first where windows land
// (as cnnkit/geometry), then convolutions and poolings, then what is drawn and said of them. Nothing is fetched.

const run = JSON.parse(document.getElementById("run").textContent);
const range = (count, make = (n) => n) => Array.from({ length: count }, (_, n) => make(n));
const modulo = (n, m) => ((n % m) + m) % m;

// ---- Where windows land ----

// Which of `length` samples is copied to a place outside of them; -1 for the constant.
function sourceIndex(place, length, mode) {
  if (place >= 0 && place < length) return place;
  if (mode === "replicate") return place < 0 ? 0 : length - 1;
  if (mode === "wrap") return modulo(place, length);
  if (mode !== "symmetric" && mode !== "reflect") return -1;
  const [period, repeat] = mode === "symmetric" ? [2 * length, 1] : [Math.max(2 * length - 2, 1), 0];
  const turned = modulo(place, period);
  return turned < length ? turned : period - repeat - turned;
}

// The windows along an axis, 0 down or 1 across: how many, the places under each, and the divisor of a mean.
function landing(length, settings, axis) {
  if (settings.adaptive) {
    const count = settings.adaptive[axis];
    const windows = range(count, (i) => {
      const first = Math.floor((i * length) / count);
      return range(Math.ceil(((i + 1) * length) / count) - first, (a) => first + a);
    });
    return { length, count, windows, divisors: windows.map((one) => one.length), before: 0, after: 0 };
  }
  const [size, stride, step] = ["size", "stride", "dilation"].map((name) => settings[name][axis]);
  const reach = step * (size - 1) + 1;
  let [before, after] = [0, 0];
  if (Array.isArray(settings.padding)) [before, after] = settings.padding.slice(2 * axis, 2 * axis + 2);
  else if (settings.padding === "full") before = after = reach - 1;
  else if (settings.padding !== "valid") {
    const total = Math.max((Math.ceil(length / stride) - 1) * stride + reach - length, 0);
    before = settings.padding === "same-lower" ? Math.ceil(total / 2) : Math.floor(total / 2);
    after = total - before;
  }
  const room = before + length + after - reach;
  let count = Math.floor(room / stride) + 1;
  if (settings.ceil && room % stride && count >= 0 && count * stride < before + length) count += 1;
  count = Math.max(count, 0);
  const windows = range(count, (i) => range(size, (a) => i * stride - before + a * step));
  const counted = (place) => place < length + (settings.count_padding ? after : 0);
  const isThere = (place) => counted(place) && (settings.count_padding || place >= 0);
  const divisors = windows.map((one) => one.filter(isThere).length);
  return { length, count, windows, divisors, before, after, size, stride, step, reach };
}

function landings(image, settings) {
  const axes = [landing(image.rows, settings, 0), landing(image.columns, settings, 1)];
  if (Math.min(axes[0].count, axes[1].count) < 1) {
    const [size, reach] = ["size", "reach"].map((name) => axes.map((one) => one[name]).join("x"));
    const padded = axes.map((one) => one.before + one.length + one.after).join("x");
    const spread = size === reach ? "" : ` (spanning ${reach})`;
    return { problem: `A window of ${size}${spread} does not fit ${image.rows}x${image.columns} samples, ${padded} ` +
      "with padding: use a smaller window or dilation, or padding same." };
  }
  return { axes };
}

// ---- What comes out ----

function imageOf({ shape, samples, names, bounds }) {
  const [rows, columns, depth] = shape;
  const planes = range(depth, (c) => Float64Array.from({ length: rows * columns }, (_, n) => Number(samples[n * depth + c])));
  return { rows, columns, planes, names, bounds: bounds ?? [-Infinity, Infinity] }; // of the type of the samples
}

// Which planes of the image each map sums, with a grid for each of them.
function mapsOf(image, kernel, settings) {
  const grids = kernel.grids.map((grid) => (settings.flip_kernel ? grid.map((row) => [...row].reverse()).reverse() : grid));
  const all = range(image.planes.length);
  if (kernel.is_deep) {
    const own = grids.map((_, c) => kernel.first + c);
    return [{ name: "", names: own.map((c) => image.names[c]), planes: own.map((c) => image.planes[c]), grids, own }];
  }
  if (settings.depth === "sum") return [{ name: "", names: image.names, planes: image.planes, grids: all.map(() => grids[0]), own: all }];
  if (settings.depth === "grey" && all.length === 3) {
    const [r, g, b] = image.planes;
    return [{ name: "grey", names: ["grey"], planes: [r.map((value, n) => 0.299 * value + 0.587 * g[n] + 0.114 * b[n])], grids, own: [0] }];
  }
  return all.map((c) => ({ name: image.names[c], names: [image.names[c]], planes: [image.planes[c]], grids, own: [c] }));
}

function convolve(image, kernel, given) {
  const settings = { ...given, size: [kernel.grids[0].length, kernel.grids[0][0].length], ceil: false, adaptive: null };
  const { axes, problem } = landings(image, settings);
  if (problem) return { problem, maps: [] };
  const mode = settings.pad_mode, constant = mode.startsWith("constant=") ? Number(mode.slice(9)) : 0;
  const [down, across] = axes.map((one) => one.windows.map((window) => window.map((place) => sourceIndex(place, one.length, mode))));
  const maps = mapsOf(image, kernel, settings);
  for (const map of maps) {
    map.values = Float64Array.from({ length: down.length * across.length }, (_, n) => {
      const rows = down[Math.floor(n / across.length)], columns = across[n % across.length];
      let sum = 0;
      map.planes.forEach((plane, c) => {
        for (let a = 0; a < rows.length; a++) for (let b = 0; b < columns.length; b++) {
          const inside = rows[a] >= 0 && columns[b] >= 0;
          sum += map.grids[c][a][b] * (inside ? plane[rows[a] * image.columns + columns[b]] : constant);
        }
      });
      return sum + (settings.bias || 0);
    });
  }
  return { axes, maps, mode, constant };
}

const POOLED = {
  max: (samples, [low]) => samples.reduce((a, b) => Math.max(a, b), low),
  min: (samples, [, high]) => samples.reduce((a, b) => Math.min(a, b), high),
  average: (samples, _, divisor) => samples.reduce((a, b) => a + b, 0) / divisor,
  lp: (samples, _, __, p) => samples.reduce((a, b) => a + Math.abs(b) ** p, 0) ** (1 / p),
  median: (samples, [low]) => (samples.some(Number.isNaN) ? NaN : [...samples].sort((a, b) => a - b)[(samples.length - 1) >> 1] ?? 0 * low), // NaN or 0
};

function pool(image, settings) {
  const { axes, problem } = landings(image, settings);
  if (problem) return { problem, maps: [] };
  const [down, across] = axes.map((one) => one.windows.map((window) => window.filter((place) => place >= 0 && place < one.length)));
  const maps = image.planes.map((plane, c) => ({
    name: image.names[c], names: [image.names[c]], planes: [plane], own: [c],
    values: Float64Array.from({ length: down.length * across.length }, (_, n) => {
      const i = Math.floor(n / across.length), j = n % across.length;
      const samples = down[i].flatMap((y) => across[j].map((x) => plane[y * image.columns + x]));
      return POOLED[settings.kind](samples, image.bounds, axes[0].divisors[i] * axes[1].divisors[j], settings.p);
    }),
  }));
  return { axes, maps, mode: "", constant: NaN };
}

// ---- What is shown ----

const $ = (id) => document.getElementById(id);
const image = imageOf(run), sound = run.sound, isPooling = run.kind !== "convolution";
const turned = Boolean(sound && !sound.is_wave); // time runs to the right and frequency up
const AXES = turned ? ["in time", "in frequency"] : ["down", "across"];
const state = { settings: structuredClone(run.settings), kernel: null, result: null, at: [0, 0], timer: 0 };

function make(tag, { parent, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  parent?.append(element);
  return element;
}

function text(value, digits = 4) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value + 0) : String(Number(value.toPrecision(digits)));
}

const VIRIDIS = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]];
const GREYS = [[0, 0, 0], [255, 255, 255]], SIGNED = [[5, 48, 97], [67, 147, 195], [247, 247, 247], [214, 96, 77], [103, 0, 31]];

function shade(value, [low, high], colours) {
  if (Number.isNaN(value)) return [160, 160, 160];
  const place = Math.min(Math.max((value - low) / (high - low || 1), 0), 1) * (colours.length - 1);
  const first = Math.min(Math.floor(place), colours.length - 2), part = place - first;
  return colours[first].map((one, n) => Math.round(one + part * (colours[first + 1][n] - one)));
}

function extent(values) {
  const finite = values.filter(Number.isFinite);
  return finite.length ? [finite.reduce((a, b) => Math.min(a, b)), finite.reduce((a, b) => Math.max(a, b))] : [0, 1];
}

const grey = () => (state.result.maps[0].name === "grey" ? state.result.maps[0].planes[0] : null);
const together = () => Number($("channel").value) < 0 && !grey(); // R, G and B in one picture
const chosen = (maps) => (maps.length > 1 && !together() ? [maps[Number($("channel").value)]] : maps);
const plane = () => grey() ?? image.planes[Math.max(Number($("channel").value), 0)];

// One picture in a canvas: colours of cells, and their numbers where they are large enough. `frame` is the part of it
// that is in cells of its own coordinates: rows and columns, the first of which may lie in the padding.
class Picture {
  constructor(canvas) {
    Object.assign(this, { canvas, base: document.createElement("canvas"), room: [0, 0] });
  }

  paint(frame, colourOf, textOf, axes, like = 0) {
    const [rows, columns] = frame.size, [high, wide] = turned ? [columns, rows] : [rows, columns];
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    this.room = axes ? [52, 40] : [0, 0];
    const width = this.canvas.parentElement.clientWidth - 8 - this.room[0], zoom = Number($("zoom").value);
    const most = Math.floor(4000 / ratio / Math.max(high, wide));
    let cell = Math.min(Math.max(Math.floor((width * ratio) / wide) / ratio, 1), 44);
    if (zoom) cell = Math.min(zoom, most);
    else if (like) cell = cell < 1.5 * like ? Math.min(cell, like) : Math.min(cell, Math.max(like, 12)); // as large as the image's
    Object.assign(this, { frame, cell, tall: high === 1 ? Math.max(cell, 40) : cell, ratio });
    const size = [wide * this.cell + this.room[0], high * this.tall + this.room[1]];
    for (const one of [this.canvas, this.base]) [one.width, one.height] = size.map((side) => Math.ceil(side * ratio));
    [this.canvas.style.width, this.canvas.style.height] = size.map((side) => `${side}px`);
    const pixels = new ImageData(wide, high), small = Object.assign(document.createElement("canvas"), { width: wide, height: high });
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) {
      const [x, y] = turned ? [i, high - 1 - j] : [j, i];
      pixels.data.set([...colourOf(i + frame.first[0], j + frame.first[1]), 255], 4 * (y * wide + x));
    }
    small.getContext("2d").putImageData(pixels, 0, 0);
    const context = this.context(this.base);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, this.room[0], 0, wide * this.cell, high * this.tall);
    if (textOf && this.cell >= 20) this.numbers(context, colourOf, textOf);
    if (axes) this.axes(context, axes, high, wide);
  }

  context(canvas) {
    const context = canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    return context;
  }

  box(i, j, rows = 1, columns = 1) {
    const [y, x] = [i - this.frame.first[0], j - this.frame.first[1]];
    const [left, top, wide, high] = turned ? [y, this.frame.size[1] - x - columns, rows, columns] : [x, y, columns, rows];
    return [left * this.cell + this.room[0], top * this.tall, wide * this.cell, high * this.tall];
  }

  numbers(context, colourOf, textOf) {
    const [rows, columns] = this.frame.size, [y, x] = this.frame.first;
    const texts = range(rows, (i) => range(columns, (j) => textOf(i + y, j + x)));
    const longest = Math.max(2, ...texts.map((row) => Math.max(...row.map((one) => one.length))));
    const points = Math.min(14, (this.cell * 0.94) / (0.6 * longest));
    if (points < 6.5) return;
    Object.assign(context, { font: `${points}px system-ui, sans-serif`, textAlign: "center", textBaseline: "middle" });
    texts.forEach((row, i) => row.forEach((one, j) => {
      const [left, top, wide, high] = this.box(i + y, j + x), [r, g, b] = colourOf(i + y, j + x);
      context.fillStyle = 0.299 * r + 0.587 * g + 0.114 * b > 128 ? "#000" : "#fff";
      context.fillText(one, left + wide / 2, top + high / 2);
    }));
  }

  // Seconds to the right, and the columns of the features upwards: `axes` says where results lie on the input.
  axes(context, axes, high, wide) {
    const [left, bottom] = [this.room[0], high * this.tall];
    Object.assign(context, { font: "11px system-ui, sans-serif", fillStyle: getComputedStyle(document.body).color });
    Object.assign(context, { textAlign: "center", textBaseline: "top" });
    const time = axes[turned ? 0 : 1], seconds = (n) => sound.first + time(n) * sound.step;
    const span = seconds(wide) - seconds(0), about = span / Math.max((wide * this.cell) / 70, 1);
    const step = [1, 2, 5, 10].map((n) => n * 10 ** Math.floor(Math.log10(about))).find((n) => n >= about);
    for (let mark = Math.ceil(seconds(0) / step) * step; mark < seconds(wide); mark += step) {
      const x = left + (0.5 + (wide * (mark - seconds(0))) / span) * this.cell;
      if (x > left + 8 && x < left + wide * this.cell - 8) context.fillText(text(mark), x, bottom + 5);
      context.fillRect(x, bottom, 1, 4);
    }
    context.fillText("time (s)", left + (wide * this.cell) / 2, bottom + 22);
    if (!turned) return;
    Object.assign(context, { textAlign: "right", textBaseline: "middle" });
    const each = Math.ceil(14 / this.tall);
    for (let n = 0; n < high; n += each) {
      const place = sound.places[Math.round(axes[1](n))];
      if (place === undefined || bottom - (n + 0.5) * this.tall < 6) continue;
      context.fillText(text(Number(place), 3), left - 6, bottom - (n + 0.5) * this.tall);
      context.fillRect(left - 4, bottom - (n + 0.5) * this.tall, 4, 1);
    }
    context.save();
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText(sound.unit ? `${sound.axis} (${sound.unit})` : sound.axis, -Math.max(bottom / 2, 50), 7);
    context.restore();
  }

  show(cover, ...frames) {
    const context = this.context(this.canvas), style = getComputedStyle(document.documentElement);
    context.drawImage(this.base, 0, 0, this.base.width / this.ratio, this.base.height / this.ratio);
    context.fillStyle = style.getPropertyValue("--paper");
    for (const box of cover) context.fillRect(...this.box(...box));
    for (const [box, width, name] of frames) {
      const [left, top, wide, high] = this.box(...box), out = this.cell < 12 ? width : 0; // around small cells
      const rectangle = [left + width / 2 - out, top + width / 2 - out, wide - width + 2 * out, high - width + 2 * out];
      for (const [colour, more] of [["--paper", 2], [name, 0]]) {
        Object.assign(context, { strokeStyle: style.getPropertyValue(colour), lineWidth: width + (out && more) });
        context.strokeRect(...rectangle);
      }
    }
  }

  reveal(...box) {
    const [left, top, wide, high] = this.box(...box), scroll = this.canvas.parentElement;
    scroll.scrollLeft = Math.min(Math.max(scroll.scrollLeft, left + wide + 20 - scroll.clientWidth), Math.max(left - 20, 0));
    scroll.scrollTop = Math.min(Math.max(scroll.scrollTop, top + high + 20 - scroll.clientHeight), Math.max(top - 20, 0));
  }
}

const pictures = { image: new Picture($("image")), result: new Picture($("result")) };

// ---- Pictures of the image and of the result ----

function paintImage() {
  const { axes, mode, constant } = state.result, [down, across] = axes;
  const first = [-down.before, -across.before], size = axes.map((one) => one.before + one.length + one.after);
  const at = (values, i, j) => {
    const [y, x] = [sourceIndex(i, image.rows, mode), sourceIndex(j, image.columns, mode)];
    return y < 0 || x < 0 ? constant : values[y * image.columns + x];
  };
  const isOut = (i, j) => i < 0 || j < 0 || i >= image.rows || j >= image.columns;
  const isColour = run.is_colour && together(), scale = run.scale || extent(plane());
  const colours = sound ? VIRIDIS : GREYS, [r, g, b] = shadeOfPadding();
  const colourOf = (i, j) => {
    const own = isColour ? image.planes.map((one) => shade(at(one, i, j), scale, GREYS)[0]) : shade(at(plane(), i, j), scale, colours);
    if (!isOut(i, j)) return own;
    return mode === "" || constantMode() ? [r, g, b] : own.map((one, n) => Math.round(0.45 * one + 0.55 * [r, g, b][n]));
  };
  const textOf = isColour ? null : (i, j) => (isOut(i, j) && mode === "" ? "" : text(at(plane(), i, j), 3));
  pictures.image.paint({ first, size }, colourOf, textOf, sound && [(n) => n + first[0], (n) => n + first[1]]);
  caption("image", sound ? `${run.title}: ${sound.features}` : run.title, [`${image.rows}x${image.columns}x${image.planes.length}`,
    sound ? sound.value : "", isColour ? "" : `${text(scale[0])} to ${text(scale[1])}`,
    size.some((one, n) => one > axes[n].length) ? "with its padding" : "",
    isColour && pictures.image.cell >= 20 ? "for numbers choose one channel" : ""]);
}

const constantMode = () => ["zero", "constant"].includes(state.settings.pad_mode.split("=")[0]);
const shadeOfPadding = () => (getComputedStyle(document.documentElement).getPropertyValue("--padding").trim().match(/\w\w/g) || []).map((one) => parseInt(one, 16));

function paintResult() {
  const maps = chosen(state.result.maps), [down, across] = state.result.axes, counts = [down.count, across.count];
  const isSigned = !isPooling && state.kernel.grids.some((grid) => grid.some((row) => row.some((one) => one < 0)));
  const [low, high] = maps.map((map) => extent(map.values)).reduce(([a, b], [c, d]) => [Math.min(a, c), Math.max(b, d)]);
  let scale = run.scale && low >= run.scale[0] && high <= run.scale[1] ? run.scale : [low, high], words = `${text(low)} to ${text(high)}`;
  let [colours, value] = [sound ? VIRIDIS : GREYS, (one) => one];
  if (maps.length === 3 && run.is_colour) {
    scale = run.scale;
    value = Math.abs;
    words += isSigned ? ", shown without sign" : "";
  } else if (isSigned) {
    const sizes = maps[0].values.map(Math.abs).filter(Number.isFinite).sort();
    const end = sizes[Math.floor((sizes.length - 1) * (sizes.length > 1000 ? 0.99 : 1))] || sizes[sizes.length - 1] || 1;
    [scale, colours] = [[-end, end], SIGNED];
    words += "; blue is below 0, red above";
  }
  const at = (map, i, j) => map.values[i * across.count + j];
  const three = (i, j) => maps.map((map) => shade(value(at(map, i, j)), scale, GREYS)[0]);
  const colourOf = maps.length === 3 && run.is_colour ? three : (i, j) => shade(at(maps[0], i, j), scale, colours);
  const textOf = maps.length === 1 ? (i, j) => text(at(maps[0], i, j), 3) : null;
  const middle = (one) => (n) => (n * (one.stride ?? one.length / one.count)) - one.before + ((one.reach ?? one.length / one.count) - 1) / 2;
  const frame = { first: [0, 0], size: counts };
  pictures.result.paint(frame, colourOf, textOf, sound && [down, across].map(middle), pictures.image.cell);
  caption("result", "Result", [`${counts.join("x")}x${state.result.maps.length}`, words]);
}

function caption(id, title, words) {
  $(`${id}-words`).replaceChildren(make("b", { textContent: title }), words.filter(Boolean).join(", "));
}

// ---- One result ----

// The rows of a grid as they are seen: of a sound, each is a frequency, the highest first.
const asSeen = (grid) => (turned ? grid[0].map((_, n) => grid.map((row) => row[row.length - 1 - n])) : grid);

function table(title, grid, isPadding) {
  const element = make("table", {}, make("caption", { textContent: title })), padded = isPadding && asSeen(isPadding);
  asSeen(grid).forEach((cells, y) => {
    const row = make("tr", { parent: element });
    cells.forEach((cell, x) => make("td", { parent: row, className: padded?.[y][x] ? "padding" : "" }, cell));
  });
  return element;
}

const signed = (values, digits) => values.map((one, n) => (n && one < 0 ? `(${text(one, digits)})` : text(one, digits)));
const shortened = (terms, sign) => terms.slice(0, 49).join(sign) + (terms.length > 49 ? `${sign}...` : "");

function sumText(map, value, samples) {
  const products = samples.map((grid, c) => asSeen(grid.map((row, a) => row.map((one, b) => one * map.grids[c][a][b]))).flat());
  const sums = products.map((some) => some.reduce((a, b) => a + b, 0));
  const bias = state.settings.bias ? ` + bias ${text(state.settings.bias)}` : "";
  const depth = products.length, each = depth > 1 ? `, ${products[0].length} for each of ${depth} channels` : "";
  const terms = shortened(signed(depth > 1 ? sums : products[0], 6), " + ");
  return `${depth * products[0].length} products${each}: ${terms}${bias} = ${text(value, 6)}`;
}

function poolText(value, samples, divisor) {
  const { kind, p } = state.settings, count = samples.length, given = text(value, 6);
  if (!count) return `padding alone, no sample = ${given}`;
  if (kind === "average") return `(${shortened(signed(samples, 6), " + ")}) / ${divisor}${divisor > count ? `, ${divisor - count} of them padding` : ""} = ${given}`;
  if (kind === "lp") return `(${shortened(samples.map((one) => `|${text(one, 6)}|^${p}`), " + ")})^(1/${p}) = ${given}`;
  const list = (some) => shortened(some.map((one) => text(one, 6)), ", ");
  if (kind === "median") return `in order ${list([...samples].sort((a, b) => a - b))}: number ${(count + 1) >> 1} of ${count} = ${given}`;
  return `${kind === "max" ? "largest" : "smallest"} of ${list(samples)} = ${given}`;
}

function select(i, j) {
  const { axes, maps, mode, constant, problem } = state.result;
  if (problem) return;
  const [down, across] = axes;
  state.at = [i, j] = [Math.min(Math.max(i, 0), down.count - 1), Math.min(Math.max(j, 0), across.count - 1)];
  const rows = down.windows[i], columns = across.windows[j], last = (some) => some[some.length - 1];
  const isOut = rows.map((y) => columns.map((x) => y < 0 || x < 0 || y >= image.rows || x >= image.columns));
  const source = [rows.map((y) => sourceIndex(y, image.rows, mode)), columns.map((x) => sourceIndex(x, image.columns, mode))];
  const lines = [], shown = [], isLarge = rows.length * columns.length > 121;
  for (const map of chosen(maps)) {
    const value = map.values[i * across.count + j], name = map.name ? `${map.name}: ` : "";
    const under = map.planes.map((plane) => source[0].map((y) => source[1].map((x) => (y < 0 || x < 0 ? constant : plane[y * image.columns + x]))));
    const out = asSeen(isOut).flat(), real = asSeen(under[0]).flat().filter((_, n) => !out[n]);
    lines.push(name + (isPooling ? poolText(value, real, down.divisors[i] * across.divisors[j]) : sumText(map, value, under)));
    if (isLarge) continue;
    under.forEach((grid, c) => {
      const words = (word) => `${map.names[c]} ${word}`.trim(), cells = (make) => grid.map((row, a) => row.map((one, b) => make(one, a, b)));
      const tables = [table(words("samples"), cells((one, a, b) => (isPooling && isOut[a][b] ? "" : text(one))), isOut)];
      if (!isPooling) {
        tables.push(table(words("weights"), cells((_, a, b) => text(map.grids[c][a][b]))));
        tables.push(table(words("products"), cells((one, a, b) => text(one * map.grids[c][a][b])), isOut));
      }
      shown.push(make("div", { className: "window" }, ...tables));
    });
  }
  const ends = (word, some) => (some.length > 1 ? `${word}s ${some[0]} to ${last(some)}` : `${word} ${some[0]}`);
  const moved = (some, axis) => some.map((one) => one + run.corner[axis]);
  const middles = [rows, columns].map((some) => (some[0] + last(some)) / 2), band = sound?.places[Math.round(middles[1])];
  const seconds = sound && text(sound.first + sound.step * middles[turned ? 0 : 1], 3);
  const where = sound ? ` (${seconds} s${band === undefined ? "" : sound.unit ? `, ${text(band, 3)} ${sound.unit}` : `, ${sound.axis} ${band}`})` : "";
  $("spot-title").textContent = `Row ${i}, column ${j}${run.corner.some(Boolean) ? " of this part" : ""}${where}: window over ${ends("row", moved(rows, 0))}, ${ends("column", moved(columns, 1))}`;
  $("sum").textContent = lines.join("\n");
  $("windows").replaceChildren(...shown);
  const cells = pictures.image.cell >= 12 && rows.length * columns.length <= 400 ? rows.flatMap((y) => columns.map((x) => [[y, x], 1.5, "--window"])) : [];
  const box = [rows[0], columns[0], last(rows) - rows[0] + 1, last(columns) - columns[0] + 1];
  const edge = down.before + down.after + across.before + across.after ? [[[0, 0, image.rows, image.columns], 1.5, "--faint"]] : [];
  pictures.image.show([], ...edge, ...cells, [box, 3, "--window"]);
  const later = [[i, j + 1, 1, across.count - 1 - j], [i + 1, 0, down.count - 1 - i, across.count]];
  pictures.result.show($("gradual").checked ? later : [], [[i, j], 3, "--window"]);
}

// ---- Kernels and settings ----

function takeKernel(number) {
  state.kernel = structuredClone(run.kernels[number]);
  drawWeights();
}

function drawWeights() {
  const names = mapsOf(image, state.kernel, state.settings)[0].names;
  $("weights").replaceChildren(...state.kernel.grids.map((grid, g) => {
    const title = state.kernel.grids.length > 1 ? names[g] || `channel ${g}` : "";
    const element = table(title, grid.map((row, a) => row.map((one, b) => {
      const label = `weight, ${title} row ${a}, column ${b}`.replace(/ +/g, " ");
      const input = make("input", { type: "text", inputMode: "text", value: text(one), ariaLabel: label, autocomplete: "off" });
      input.addEventListener("focus", () => input.select());
      input.addEventListener("input", () => {
        const [over, under = "1", ...more] = input.value.replace(",", ".").replace("\u2212", "-").split("/");
        const value = over.trim() && under.trim() && !more.length ? Number(over) / Number(under) : NaN;
        input.ariaInvalid = String(!Number.isFinite(value));
        if (!Number.isFinite(value)) return;
        grid[a][b] = value;
        Object.assign(state.kernel, { name: "own weights", word: "" });
        $("preset").selectedIndex = -1;
        render();
      });
      return input;
    })));
    return element;
  }));
}

function setting(group, label, control) {
  make("label", { parent: group }, make("span", { textContent: label }), ...[control].flat());
  return control;
}

function choice(group, label, options, value, change) {
  const control = setting(group, label, make("select", {}, ...options.map((one) => make("option", { value: one, textContent: one }))));
  control.value = value;
  control.addEventListener("change", () => { change(control.value); render(); });
  return control;
}

function check(group, label, name) {
  const control = setting(group, label, make("input", { type: "checkbox", checked: state.settings[name], id: name }));
  control.addEventListener("change", () => { state.settings[name] = control.checked; render(); });
}

function entry(group, label, value, read, id) {
  const control = setting(group, label, make("input", { type: "text", value, id, autocomplete: "off" }));
  control.addEventListener("input", () => { control.ariaInvalid = String(!read(control.value)); render(); });
  return control;
}

function sliders(group, label, name, most) {
  for (const axis of [0, 1]) {
    const value = state.settings[name][axis], output = make("output", { textContent: value });
    const slider = make("input", { type: "range", id: `${name}${axis}`, min: 1, max: Math.max(most, value), value });
    setting(group, `${label} ${AXES[axis]}`, [slider, output]);
    slider.addEventListener("input", () => {
      state.settings[name][axis] = Number(slider.value);
      output.textContent = slider.value;
      render();
    });
  }
}

function drawSettings() {
  const { settings } = state, form = $("settings"), group = () => make("div", { parent: form });
  form.addEventListener("submit", (event) => event.preventDefault());
  const first = group();
  if (isPooling) {
    const power = entry(first, "p", settings.p, (word) => Number(word) > 0 && (settings.p = Number(word)), "p");
    power.parentElement.hidden = settings.kind !== "lp";
    choice(first, "type", Object.keys(POOLED), settings.kind, (word) => {
      settings.kind = word;
      power.parentElement.hidden = word !== "lp";
    }).id = "kind";
    first.append(power.parentElement);
  } else {
    const own = run.kernels.map((one, n) => make("option", { value: n, textContent: one.name }));
    const families = [...new Set(run.kernels.map((one) => one.family))];
    const control = setting(first, "kernel", make("select", { id: "preset" }, ...families.map((family) =>
      make("optgroup", { label: family }, ...own.filter((_, n) => run.kernels[n].family === family)))));
    control.addEventListener("change", () => { takeKernel(Number(control.value)); render(); });
    check(first, "flipped by 180 degrees", "flip_kernel");
    if (image.planes.length > 1) {
      const words = image.planes.length === 3 ? ["each", "sum", "grey"] : ["each", "sum"];
      choice(first, "depth", words, settings.depth, (word) => { settings.depth = word; }).id = "depth";
    }
    entry(first, "bias", settings.bias, (word) => Number.isFinite(Number(word)) && (settings.bias = Number(word), true), "bias");
  }
  if (settings.adaptive) return sliders(group(), "results", "adaptive", Math.min(image.rows, image.columns));
  const second = group();
  if (isPooling) sliders(second, "window", "size", 9);
  sliders(second, "stride", "stride", 8);
  sliders(group(), "dilation", "dilation", 6);
  const last = group(), words = ["same", "same-lower", "valid", "full"], isWord = typeof settings.padding === "string";
  const numbers = entry(last, "in numbers", isWord ? "1" : settings.padding.join("x"), readPadding, "numbers");
  function readPadding(word) {
    const sides = word.split("x").map((one) => (/^\s*\d{1,3}\s*$/.test(one) ? Number(one) : NaN));
    if (![1, 2, 4].includes(sides.length) || sides.some(Number.isNaN)) return false;
    const [a, b = a] = sides;
    settings.padding = sides.length === 4 ? sides : [a, a, b, b];
    return true;
  }
  numbers.title = "1, 1x2 or 0x1x0x1: above, below, left, right";
  const padding = choice(last, "padding", [...words, "in numbers"], isWord ? settings.padding : "in numbers", (word) => {
    if (word === "in numbers") readPadding(numbers.value);
    else settings.padding = word;
    numbers.parentElement.hidden = word !== "in numbers";
  });
  Object.assign(padding, { id: "padding" });
  numbers.parentElement.hidden = isWord;
  last.append(numbers.parentElement); // below the word
  if (isPooling) {
    check(last, "ceil: a last window hangs over", "ceil");
    check(last, "count padding in averages", "count_padding");
    return undefined;
  }
  const [mode, given = "0"] = settings.pad_mode.split("=");
  const value = entry(last, "constant", given, readConstant, "constant");
  function readConstant(word) {
    const isNumber = word.trim() !== "" && Number.isFinite(Number(word));
    if (isNumber) settings.pad_mode = `constant=${Number(word)}`;
    return isNumber;
  }
  value.parentElement.hidden = mode !== "constant";
  choice(last, "pad mode", ["zero", "replicate", "reflect", "symmetric", "wrap", "constant"], mode, (word) => {
    value.parentElement.hidden = word !== "constant";
    if (word !== "constant" || !readConstant(value.value)) settings.pad_mode = word === "constant" ? "zero" : word;
  }).id = "pad_mode";
  last.append(value.parentElement);
  return undefined;
}

// ---- Sizes, and the same elsewhere ----

function sizeLines() {
  const { ceil, adaptive } = state.settings, rounded = ceil ? "ceil" : "floor", words = ["rows", "columns"];
  if (adaptive) {
    return state.result.axes.map(({ count, length }, n) => `${words[n]}: ${count} windows over ${length}: ` +
      `window i holds floor(i * ${length} / ${count}) to ceil((i + 1) * ${length} / ${count}) - 1`);
  }
  const lines = state.result.axes.map(({ length, before, after, reach, stride, count, step, size }, n) =>
    `${words[n]}: ${rounded}((${length} + ${before} + ${after} - ${reach}) / ${stride}) + 1 = ${count}` +
    (step > 1 ? `   (reach ${step} * (${size} - 1) + 1 = ${reach})` : ""));
  if (ceil) lines.push("less a window that would begin in the padding after the image");
  return [`${rounded}((input + before + after - reach) / stride) + 1`, ...lines];
}

const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : /^[\w .;,/*()+-]+$/.test(word) ? `"${word}"` : `'${word.replaceAll("'", "'\"'\"'")}'`);
const pairText = (pair) => (pair[0] === pair[1] ? String(pair[0]) : pair.join("x"));
const tuple = (pair) => `(${pair.join(", ")})`;

function paddingText(rule) {
  if (typeof rule === "string") return rule;
  return rule[0] === rule[1] && rule[2] === rule[3] ? pairText([rule[0], rule[2]]) : rule.join("x");
}

// The command with its options, each with the value that it has where it is not given.
function cnnkitLine() {
  const { settings, kernel } = state, { adaptive } = settings;
  const flags = [], needsFile = !isPooling && kernel.is_deep && !kernel.word && image.planes.length > 1;
  if (!isPooling) {
    const rows = kernel.grids[0].map((row) => row.join(" ")).join("; ");
    flags.push(["kernel", quoted(kernel.word || (needsFile ? "@kernel.npy" : rows)), ""]);
  }
  if (adaptive) flags.push(["adaptive", pairText(adaptive), ""]);
  else {
    const size = isPooling ? pairText(settings.size) : "1";
    if (isPooling) flags.push(["size", size, ""]);
    flags.push(["stride", pairText(settings.stride), size], ["padding", paddingText(settings.padding), isPooling ? "valid" : "same"]);
    flags.push(["dilation", pairText(settings.dilation), "1"]);
  }
  if (isPooling) {
    flags.push(["type", settings.kind, "max"], ["p", settings.p, settings.kind === "lp" ? 2 : settings.p]);
    flags.push(["ceil", Boolean(settings.ceil), false], ["count-padding", Boolean(settings.count_padding) && settings.kind === "average", false]);
  } else {
    flags.push(["pad-mode", settings.pad_mode, "zero"], ["flip-kernel", settings.flip_kernel, false]);
    flags.push(["groups", kernel.is_deep && kernel.word ? settings.groups : 1, 1]);
    flags.push(["depth", kernel.is_deep ? "each" : settings.depth, "each"], ["bias", settings.bias, 0]);
  }
  const given = flags.filter(([, value, usual]) => value !== usual).map(([name, value]) => `--${name}${value === true ? "" : ` ${value}`}`);
  const isMap = !isPooling && kernel.word && kernel.map !== null;
  const others = needsFile && kernel.grids.length < image.planes.length ? ", 0 for the others" : "";
  const note = isMap ? [`# map ${kernel.map}`] : needsFile ? [`# kernel.npy: these weights, as rows x columns x channels${others}`] : [];
  return ["cnnkit", isPooling ? "pool" : "convolve", ...run.typed.map(quoted), ...given, ...note].join(" ");
}

// NumPy pads in every mode, so that what follows needs no padding of its own.
const NUMPY_MODES = { zero: "", replicate: "edge", reflect: "reflect", symmetric: "symmetric", wrap: "wrap" };

function padLine(sides, value) {
  if (!Math.max(...sides.flat())) return "x = image.astype(float)";
  const mode = NUMPY_MODES[state.settings.pad_mode] ?? "", fill = value ?? state.result.constant;
  return `x = np.pad(image.astype(float), (${sides.map(tuple).join(", ")}, (0, 0))${mode ? `, mode="${mode}"` : fill ? `, constant_values=${fill}` : ""})`;
}

const TO_TORCH = "x = torch.tensor(x.transpose(2, 0, 1)[None])  # (1, channels, rows, columns)";

function convolutionCode() {
  const { settings, kernel, result } = state, grids = mapsOf(image, kernel, { ...settings, flip_kernel: false })[0], n = grids.planes.length;
  const isEach = result.maps.length > 1, pad = padLine(result.axes.map((one) => [one.before, one.after]));
  const size = [kernel.grids[0].length, kernel.grids[0][0].length], stride = tuple(settings.stride), dilation = tuple(settings.dilation);
  const rows = (grid) => `[${grid.map((row) => `[${row.join(", ")}]`).join(", ")}]`;
  const turn = settings.flip_kernel ? `[${kernel.is_deep ? ":, " : ""}::-1, ::-1].copy()` : "";
  const array = kernel.is_deep ? `[${kernel.grids.map(rows).join(",\n  ")}]` : rows(kernel.grids[0]);
  const weights = `w = np.array(${array}, dtype=float)${turn}`;
  const start = [...(grids.name === "grey" ? ["image = image @ np.array([[0.299], [0.587], [0.114]])"] : []), pad, weights];
  if (kernel.is_deep && n < image.planes.length) start.push(`x = x[..., ${kernel.first}:${kernel.first + n}]`);
  const bias = settings.bias ? ` + ${settings.bias}` : "", strides = settings.stride, depth = isEach ? image.planes.length : n;
  const spread = isEach || n > 1 ? `.expand(${tuple([isEach ? depth : 1, isEach ? 1 : n, ...size])})` : "[None, None]";
  const torch = ["import numpy as np, torch", ...start, TO_TORCH, `w = torch.tensor(w)${kernel.is_deep ? "[None]" : spread}`,
    `y = torch.nn.functional.conv2d(x, w, stride=${stride}, dilation=${dilation}${isEach ? `, groups=${depth}` : ""})${bias}`];
  // Keras has no stride beside a dilation, and of depthwise layers none that differs down and across.
  const isLater = (Math.max(...settings.dilation) > 1 || strides[0] !== strides[1]) && Math.max(...strides) > 1;
  const layout = kernel.is_deep ? "np.moveaxis(w, 0, 2)[..., None]" : depth > 1 ? `np.repeat(w[..., None, None], ${depth}, axis=2)` : "w[..., None, None]";
  const keras = ["import numpy as np, keras", ...start, `w = ${layout}  # (rows, columns, channels, 1)`,
    `y = keras.ops.${isEach ? "depthwise_conv" : "conv"}(x[None], w, strides=${isLater ? 1 : strides[0]}, padding="valid", ` +
      `dilation_rate=${dilation})${isLater ? `[:, ::${strides[0]}, ::${strides[1]}]` : ""}${bias}`];
  return { torch, keras };
}

function poolingCode() {
  const { settings, result } = state, { kind, adaptive, p } = settings, none = (name) => [`# ${name} has no such pooling: cnnkit.pool has`];
  const [sign, word] = kind === "min" ? ["-", "max"] : ["", { max: "max", average: "avg" }[kind]];
  if (adaptive) {
    const call = `y = ${sign}torch.nn.functional.adaptive_${word}_pool2d(${sign}x, ${tuple(adaptive)})`;
    const torch = word ? ["import torch", "x = image.astype(float)", TO_TORCH, call] : none("PyTorch");
    const isGlobal = Math.max(...adaptive) === 1 && word;
    return { torch, keras: isGlobal ? ["import keras", `y = keras.ops.${{ average: "mean" }[kind] ?? kind}(image.astype(float), axis=(0, 1))`] : none("Keras") };
  }
  const sides = result.axes.map((one) => [one.before, Math.max(one.after, (one.count - 1) * one.stride + one.reach - one.before - one.length)]);
  const isDilated = Math.max(...settings.dilation) > 1, isPadded = Math.max(...sides.flat()) > 0, size = tuple(settings.size), stride = tuple(settings.stride);
  const isOdd = kind === "median" || (isDilated && kind !== "max" && kind !== "min") || (settings.ceil && settings.count_padding);
  if (isOdd) return { torch: none("PyTorch"), keras: none("Keras") };
  const fill = { max: "-np.inf", min: "np.inf" }[kind] ?? 0, start = [padLine(sides, fill)];
  const dividing = kind === "average" && isPadded && !settings.count_padding;
  if (dividing) start.push(padLine(sides, 0).replace("x = ", "ones = ").replace("image.astype(float)", "np.ones(image.shape)"));
  if (kind === "lp") start.push(`x = abs(x) ** ${p}`);
  const dilation = isDilated ? `, dilation=${tuple(settings.dilation)}` : "";
  const torchCall = (x) => `torch.nn.functional.${word ?? "avg"}_pool2d(${x}, ${size}, stride=${stride}${dilation})`;
  const kerasCall = (x) => `keras.ops.${word === "max" ? "max" : "average"}_pool(${x}, ${size}, strides=${stride}, padding="valid")`;
  const whole = (call, inside) => `y = ${kind === "lp" ? `(${call(inside)} * ${settings.size[0] * settings.size[1]}) ** (1 / ${p})` : sign + call(sign + inside)}`;
  const ones = "ones = torch.tensor(ones.transpose(2, 0, 1)[None])";
  return {
    torch: ["import numpy as np, torch", ...start, TO_TORCH, ...(dividing ? [ones] : []), whole(torchCall, "x") + (dividing ? ` / ${torchCall("ones")}` : "")],
    keras: isDilated ? none("Keras") : ["import numpy as np, keras", ...start, whole(kerasCall, "x[None]") + (dividing ? ` / ${kerasCall("ones[None]")}` : "")],
  };
}

function codeLines() {
  const { torch, keras } = isPooling ? poolingCode() : convolutionCode();
  return [[run.is_part ? "cnnkit, on the whole image" : "cnnkit", [cnnkitLine()]], ["PyTorch; image is an array of rows x columns x channels", torch], ["Keras", keras]];
}

// ---- Steps ----

function step(by) {
  const [down, across] = state.result.axes ?? [{ count: 1 }, { count: 1 }];
  const next = modulo(state.at[0] * across.count + state.at[1] + by, down.count * across.count);
  select(Math.floor(next / across.count), next % across.count);
  follow();
}

// Scrolls both pictures to the result and its window.
function follow() {
  if (state.result.problem) return;
  const spans = state.result.axes.map((one, axis) => one.windows[state.at[axis]]);
  pictures.result.reveal(...state.at);
  pictures.image.reveal(...spans.map((some) => some[0]), ...spans.map((some) => some[some.length - 1] - some[0] + 1));
}

const isLast = () => !state.result.axes || state.result.axes.every((one, axis) => state.at[axis] === one.count - 1);

function playing(isOn) {
  clearInterval(state.timer);
  state.timer = 0;
  $("play").textContent = isOn ? "Pause" : "Play";
  $("play").setAttribute("aria-pressed", String(isOn));
  $("spot").setAttribute("aria-live", isOn ? "off" : "polite"); // a screen reader would fall behind
  if (isOn) state.timer = setInterval(() => (isLast() ? playing(false) : step(1)), 2400 / 2 ** Number($("pace").value));
}

function render() {
  const { settings, kernel } = state;
  state.result = isPooling ? pool(image, settings) : convolve(image, kernel, settings);
  const { problem, axes } = state.result;
  $("problem").hidden = !problem;
  $("problem").textContent = problem || "";
  for (const id of ["image", "result"]) $(id).hidden = Boolean(problem);
  if (!isPooling) {
    const [grid] = kernel.grids, depth = kernel.is_deep ? [kernel.grids.length] : [];
    $("kernel-words").textContent = `${kernel.name}, ${[grid.length, grid[0].length, ...depth].join("x")}`;
    if ($("depth")) $("depth").disabled = kernel.is_deep;
  }
  if (problem) return;
  $("channel").disabled = Boolean(grey());
  if (state.at === null) state.at = around();
  paintImage();
  paintResult();
  $("sizes").textContent = sizeLines().join("\n");
  $("code").replaceChildren(...codeLines().flatMap(([title, lines]) =>
    [make("h3", { className: "small", textContent: title }), make("pre", { tabIndex: 0, textContent: lines.join("\n") })]));
  select(...state.at);

  function around() {
    if (run.at) return axes.map((one, axis) => Math.round((run.at[axis] + one.before) / (one.stride || one.length / one.count)));
    const sizes = state.result.maps[0].values.map(Math.abs), place = sizes.indexOf(extent(sizes)[1]);
    return [Math.floor(place / axes[1].count), place % axes[1].count];
  }
}

function drawChannels() {
  const control = $("channel"), names = image.names;
  if (run.is_colour) make("option", { parent: control, value: -1, textContent: "R, G and B" });
  names.forEach((name, c) => make("option", { parent: control, value: c, textContent: name || "all" }));
  $("channel-label").hidden = names.length === 1;
}

function begin() {
  $("about").textContent = run.notes.join(" ");
  $("kernel").hidden = isPooling;
  const [high, wide] = turned ? [image.columns, image.rows] : [image.rows, image.columns];
  $("stage").className = wide > 24 && wide > 2 * high ? "wide" : isPooling ? "two" : "";
  drawChannels();
  state.at = null;
  if (!isPooling) takeKernel(0);
  drawSettings();
  render();
  for (const id of ["channel", "zoom"]) $(id).addEventListener("change", () => { render(); follow(); });
  $("gradual").addEventListener("change", () => select(...state.at));
  $("back").addEventListener("click", () => { playing(false); step(-1); });
  $("forward").addEventListener("click", () => { playing(false); step(1); });
  $("play").addEventListener("click", () => {
    const isOn = !state.timer;
    if (isOn && (isLast() || !$("gradual").checked)) {
      $("gradual").checked = true;
      select(0, 0);
    }
    playing(isOn);
  });
  $("pace").addEventListener("input", () => playing(Boolean(state.timer)));
  const pick = (event) => {
    if (state.result.problem || (state.timer && event.type === "pointermove")) return;
    playing(false);
    const { frame, cell, tall, room } = pictures.result;
    const [x, y] = [Math.floor((event.offsetX - room[0]) / cell), Math.floor(event.offsetY / tall)];
    const [i, j] = turned ? [x, frame.size[1] - 1 - y] : [y, x];
    if (i >= 0 && j >= 0 && i < frame.size[0] && j < frame.size[1]) select(i, j);
  };
  for (const type of ["pointermove", "pointerdown"]) $("result").addEventListener(type, pick);
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  $("result").addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (!move || state.result.problem) return;
    event.preventDefault();
    playing(false);
    const [y, x] = turned ? [move[1], -move[0]] : move;
    select(state.at[0] + y, state.at[1] + x);
    follow();
  });
  let width = window.innerWidth;
  window.addEventListener("resize", () => { if (width !== window.innerWidth) { width = window.innerWidth; render(); } });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", render);
}

begin();
