"""What other tools call the options and commands of this one, and what to write instead: for hints alone.

The words are those of Keras, PyTorch, SciPy, OpenCV, ImageMagick, librosa, Kaldi and python_speech_features. Those for
settings of features are in `cnnkit.data.recipes.other_names`, those for pad modes in `cnnkit.geometry.padding`.
"""

from __future__ import annotations

OPTIONS = {
    "": r"""
out|outfile|out-file|output-file|dest|save|save-as|dst: --output {value}
outdir|output-dir|output-folder|out-folder|dir|folder: --out-dir {value}
ext|extension|output-format|file-format|fmt: --format {value}
overwrite|y|clobber: --force
silent: --quiet
verbose|v|debug: --explain
n-jobs|workers|num-workers|processes|parallel: --jobs {value}
n-threads: --threads {value}
recurse|subfolders|sub-folders|deep|walk: --recursive
files0-from|file-list|filelist|files-list|list|input-list|from-file|t: --files-from {value}
input|i|in|infile|input-file|file|image|img|images|src|source|audio|sound|wav: {value} without {typed}
sr|fs|samplerate|sample-frequency|samp-rate|target-sr|ar: --sample-rate {value}
mono|to-mono=false: --channel all
mono|to-mono: --channel mix
strides|step|subsample: --stride {pair}
same|valid|full|same-lower: --padding {name}
mode=same|valid|full: --padding {word}
pad|pads: --padding {pair}
dilation-rate|dilations|dilate|atrous|d: --dilation {pair}
install-completion|show-completion: leave it out: it is no option of a command, as in cnnkit --show-completion
image-size|img-size|imsize|thumbnail: --resize {pair}
center-crop|centre-crop|central-crop|crop-size: --crop {pair}
gray|grayscale|greyscale|to-grey|to-gray: --grey
to-rgb|color|colour: --rgb
normalize|standardize=.+/.+|imagenet: --normalise {value}
activation|act|relu: leave it out: activations are layers, as in cnnkit shape 28x28 conv3-8 relu
""",
    "convolve": r"""
rate: --sample-rate {value}
filter|preset|weights|matrix|mask|operator: --kernel {word}
size|ksize|kernel-size|window-size: --kernel box:size={side}
\d\d?: --kernel box:size={name}
sigma|blur|gaussian-blur|radius: --kernel gaussian:sigma={side}
size|ksize|kernel-size|sigma: leave it out: a kernel has its settings behind its name, as in gaussian:size=5
filters|out-channels|num-filters|n-filters: leave it out: each --kernel gives a result
s: --stride {pair}
p: --padding {pair}
dtype|ddepth|out-dtype: leave it out: results keep their values in a .npy or float .tiff file, as in -o edges.npy
mode|padding-mode|border|border-type|bordertype|border-mode|boundary|virtual-pixel: --pad-mode {word}
fill-value|fillvalue|cval|pad-value|border-value: --pad-mode constant={value}
offset|delta: --bias {value}
flip|true-convolution: --flip-kernel
target-size|output-size: --resize {pair}
rescale|multiply=.*\d.*: --scale {value}
normalize|rescale|stretch|auto-level: --range minmax
abs|clip: --range {name}
""",
    "pool": r"""
rate: --sample-rate {value}
rescale|multiply=.*\d.*: --scale {value}
s: --size {pair} for the window, or --stride {pair} for its step
s: --stride {pair}
kernel|kernel-size|kernel-shape|pool-size|ksize|k|window|window-size|block-size|filter=.*\d.*|VALUE: --size {pair}
global|\d+(x\d+)?: --size {name}
max|average|min|median=\d+: --type {name} --size {value}
mode|kind|pool|pool-type|pooling|pooling-type|pool-mode|method|op|reduction|func: --type {word}
max|average|min|median|lp|avg|mean: --type {name}
ceil-mode: --ceil
count-include-pad: --count-padding
output-size|output-shape|target-size: --adaptive {pair}
norm-type|norm|ord|power: --type lp --p {value}
pad-mode|padding-mode|border|border-mode: leave it out: samples of the padding are in no maximum and no mean
return-indices|indices: leave it out: in Python, cnnkit.pool(image, 2, indices=True) gives them
""",
    "mfcc": r"""
rate: --sample-rate {value}
resample: --sample-rate {value}
window|win=[\d.]+s?: --frame-length {time}
norm=ortho: --dct ortho
norm=slaney|none: --mel-norm {word}
htk=false: --mel-scale slaney
htk|slaney: --mel-scale {name}
snip-edges=false: --framing kaldi
center=false: --framing valid
snip-edges: --framing valid
center|valid: --framing {name}
power=2|2.0: --spectrum power
power=1|1.0: --spectrum magnitude
frame-shift: --hop-length {value}ms
delta|add-deltas|delta-delta|delta-deltas: --deltas columns
normalize|normalise|standardize|cmn|apply-cmvn: --cmvn utterance
logmel|mel|spectrogram|waveform|fbank: --features {name}
type|kind|feature|feature-type: --features {word}
psf|librosa|torchaudio|kaldi|tf|whisper: --dialect {name}
\d+: --n-mfcc {name}
dither|dct-type: leave it out: no noise is added, and the DCT is of type 2
""",
    "shape": r"""
batch-size|b|n: --batch {value}
input-shape|input-size|model|net|network|arch|config: {value} without {typed}
torch|pytorch|keras|tensorflow|tf: --code {name}
framework|export: --code {word}
channels-first|nchw|channels-last|nhwc: --layout {name}
data-format: --layout {word}
summary|params|parameters|macs|flops: leave it out: the table has them
stride|strides|padding|kernel|kernel-size|dilation|groups: leave it out: layers have their settings, as in conv3-64:s2
""",
    "run": r"""
rate: --sample-rate {value}
network|net|arch|architecture|onnx|checkpoint: leave it out: layers are words, and --model net.onnx runs a file
weight|params|parameters|init: --weights {value}
kernel|k|filter|preset: leave it out: layers have their kernels, as in --weights 1=sobel-x+sobel-y
top-k|topk|k-top|predict|classify: --top 5
classes|names|class-names: leave it out: --top 5 --labels names.txt names classes
random-seed|manual-seed: --seed {value}
summary|shape|show-shape: --dry-run
dump|intermediate|feature-maps|all-layers: --activations {value}
target-size|output-size: --resize {pair}
rescale|multiply=.*\d.*: --scale {value}
batch-size|batch|b: leave it out: inputs are computed one by one
stride|strides|padding|kernel-size|dilation|groups: leave it out: layers have their settings, as in conv3-64:s2
device|gpu|cuda: leave it out: networks run on the processor
""",
    "learn": r"""
kernel-size|k|ksize|window|shape: --size {pair}
lr|learning-rate|eta|alpha: --rate {value}
epochs|iterations|iters|n-iter|max-iter: --steps {value}
batch-size|b: --batch {value}
optimizer|opt|solver: --optimiser {word}
least-squares|lstsq|exact|closed-form: --method exact
offset|intercept: --bias
before|after|target|truth: {value} without {typed}
random-seed|manual-seed: --seed {value}
border|border-mode|border-type|padding: leave it out: edges are left out unless --pad-mode says how images went on
""",
    "train": r"""
lr|learning-rate|eta|alpha|step-size: --rate {value}
optimizer|opt|solver: --optimiser {word}
adam|adamw|sgd: --optimiser {name}
batch-size|minibatch|b|bs: --batch {value}
num-epochs|n-epochs|max-epochs|epoch|iterations|e: --epochs {value}
early-stopping|early-stop|stop-after: --patience {value}
wd|decay|l2|regularization: --weight-decay {value}
drop|drop-rate|dropout-rate|drop-prob|p: --dropout {value}
random-seed|manual-seed|random-state: --seed {value}
val-split|validation-split|val-fraction|test-size=0?\.2: --split 80:20
val-split|validation-split|val-fraction|test-size=0?\.1: --split 90:10
val-split|validation-split|val-fraction|test-size: --split 80:20
train-test-split|shares: --split {value}
save-weights|model-out|weights-out|export: --output {value}
resume|ckpt|checkpoint-file|checkpoint-path|continue|state: --checkpoint {value}
plot|history|curves|learning-curves|confusion|confusion-matrix: --figure {value}
filters|kernel-sheet: --kernels {value}
raw-inputs|unscaled: --as-is
loss|criterion|loss-function: leave it out: the loss is the cross-entropy of a softmax
data|dataset|data-dir|train-dir|input-dir: {value} without {typed}
weights|init|pretrained: leave it out: a training begins with random weights, or goes on from --checkpoint
model|net|network|arch|architecture|layers: leave it out: layers stand behind the examples: conv3-8 relu gap fc2
classes|num-classes|n-classes|labels|class-names: leave it out: classes are the names of folders, or in the set
out-dir|output-dir|out-folder|output-folder: leave it out: -o net.safetensors names the network
metrics|metric: leave it out: loss and accuracy are shown of both parts
shuffle: leave it out: examples are in another order in each epoch
device|gpu|cuda: leave it out: networks are trained on the processor
""",
    "kernels": r"""
o|output|out|outfile|save: --figure {value}
kernel|name|preset|k: {value} without {typed}
list|all: leave it out: without a name, all are shown
""",
    "weights": r"""
order|layout|data-format|format|weight-order|kernel-order: --weights-order {word}
oihw|hwio: --weights-order {name}
weights|model|net|network|checkpoint|state-dict|stack: {value} without {typed}
list|verbose|summary: leave it out: the table has them
""",
    "compile": r"""
all: leave it out: without a command, all is compiled
""",
}
"""For every command (\"\"), and for each: names, after = the values that this line is for, and the cure."""

COMMANDS = {
    "convolve": "conv convolution convolute filter correlate",
    "convolve --kernel gaussian": "gaussianblur gaussianfilter",
    "pool": "pooling maxpool maxpooling downsample",
    "pool --type average": "avgpool averagepool averagepooling meanpool",
    "pool --type min": "minpool minpooling",
    "pool --size 3 --stride 1 --padding same --type median": "median medianblur medianfilter medfilt",
    "pool --size global --type average": "gap globalpool globalavgpool globalaveragepooling",
    "mfcc": "mfccs features feature audio extract",
    "mfcc --features logmel": "logmel fbank filterbank",
    "mfcc --features mel": "mel melspectrogram",
    "mfcc --features spectrogram": "spectrogram stft spectrum specgram",
    "shape": "shapes layers summary size params parameters macs flops receptivefield model network stack",
    "run": "forward predict infer inference evaluate execute apply classify",
    "learn": "find recover estimate identify regress deconvolve",
    "train": "fit training trainer teach backprop finetune sgd",
    "kernels": "kernel list presets filters",
    "weights": "weight tensors tensor statedict checkpoint safetensors",
    "compile": "precompile warmup prepare cache",
    "--help": "man usage",
    "--install-completion": "completion completions autocomplete complete",
}
"""What to write for commands of other names, which are here without a module, dashes and 2d."""
