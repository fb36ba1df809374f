"""PNG's row filters, there and back: each byte is predicted from its neighbours, and the difference is stored.

Source: Portable Network Graphics (PNG) Specification, section 9, Filtering. Filter types: 0 none, 1 sub (the byte to
the left), 2 up (above), 3 average, 4 Paeth.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.loops.machine.compile import compiled


@compiled("u1[2], i8, u1[2], i8, i8")
def filter_rows(raw: Any, step: int, out: Any, first: int, last: int) -> None:
    """Filter each row with the type whose differences are smallest in sum, the specification's rule of thumb.

    Shapes: raw (rows, bytes), out (rows, 1 + bytes), each row beginning with its type. `step` is the bytes of one
    pixel. The first row, and the first pixel of every row, have neighbours of 0.
    """
    width = raw.shape[1]
    for row in range(first, last):
        line = raw[row]
        above = raw[max(row - 1, 0)]
        filtered = out[row]
        if row == 0:
            filtered[0] = 1
            for x in range(width):
                filtered[1 + x] = line[x] - (line[x - step] if x >= step else np.uint8(0))
            continue
        none = np.int64(0)
        sub = np.int64(0)
        up = np.int64(0)
        average = np.int64(0)
        paeth = np.int64(0)
        for x in range(step, width):
            value = np.int16(line[x])
            left = np.int16(line[x - step])
            over = np.int16(above[x])
            corner = np.int16(above[x - step])
            to_left = abs(over - corner)
            to_over = abs(left - corner)
            to_corner = abs(left + over - 2 * corner)
            nearest = left if to_left <= to_over and to_left <= to_corner else over if to_over <= to_corner else corner
            none += abs(np.int8(value))
            sub += abs(np.int8(value - left))
            up += abs(np.int8(value - over))
            average += abs(np.int8(value - ((left + over) >> 1)))
            paeth += abs(np.int8(value - nearest))
        best = min(none, sub, up, average, paeth)
        filter_type = 1 if sub == best else 2 if up == best else 4 if paeth == best else 3 if average == best else 0
        filtered[0] = filter_type
        for x in range(width):
            left = np.int16(line[x - step]) if x >= step else np.int16(0)
            over = np.int16(above[x])
            corner = np.int16(above[x - step]) if x >= step else np.int16(0)
            guess = np.int16(0)
            if filter_type == 1:
                guess = left
            elif filter_type == 2:
                guess = over
            elif filter_type == 3:
                guess = (left + over) >> 1
            elif filter_type == 4:
                to_left = abs(over - corner)
                to_over = abs(left - corner)
                to_corner = abs(left + over - 2 * corner)
                guess = (
                    left if to_left <= to_over and to_left <= to_corner else over if to_over <= to_corner else corner
                )
            filtered[1 + x] = np.uint8(np.int16(line[x]) - guess)


@compiled("u1[2], i8, u1[2]")
def unfilter_rows(filtered: Any, step: int, out: Any) -> None:
    """Undo the filters, row by row.

    Shapes: filtered (rows, 1 + bytes), out (rows, bytes). A type above 4 is read as none; the caller checks for it.
    """
    width = out.shape[1]
    for row in range(filtered.shape[0]):
        filter_type = filtered[row, 0]
        line = filtered[row, 1:]
        done = out[row]
        above = out[max(row - 1, 0)]
        first = row == 0
        if filter_type == 1:
            for x in range(width):
                done[x] = line[x] + (done[x - step] if x >= step else np.uint8(0))
        elif filter_type == 2 and not first:
            for x in range(width):
                done[x] = line[x] + above[x]
        elif filter_type == 3:
            for x in range(width):
                left = np.int32(done[x - step]) if x >= step else np.int32(0)
                over = np.int32(0) if first else np.int32(above[x])
                done[x] = np.uint8(np.int32(line[x]) + ((left + over) >> 1))
        elif filter_type == 4:
            for x in range(width):
                left = np.int32(done[x - step]) if x >= step else np.int32(0)
                over = np.int32(0) if first else np.int32(above[x])
                corner = np.int32(above[x - step]) if x >= step and not first else np.int32(0)
                to_left = abs(over - corner)
                to_over = abs(left - corner)
                to_corner = abs(left + over - 2 * corner)
                nearest = (
                    left if to_left <= to_over and to_left <= to_corner else over if to_over <= to_corner else corner
                )
                done[x] = np.uint8(np.int32(line[x]) + nearest)
        else:
            for x in range(width):
                done[x] = line[x]
