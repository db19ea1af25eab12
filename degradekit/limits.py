"""How much work a file may ask for: the limits of pictures, records, recipes, weights and text, in one module.

Files, which may come from anybody, are refused beyond these limits before the work begins. Nothing that people train
with comes near them; where a person may want more, a function has a parameter and a command an option.
"""

MAX_PIXELS = 2**27
"""Pixels of a picture, about 134 million; `max_pixels` and `--max-pixels` change it.

It also holds, unchanged, for the image before and after each step of a degradation.
"""

MAX_PHOTO_BYTES = 2**31
"""Size of a photo's file, 2 GiB: twice what MAX_PIXELS of 16 bits take without compression."""

MAX_LIST_BYTES = 2**32
"""Size of a list of photos, 4 GiB: 40 million lines of 100 characters."""

MAX_SIDE = 2**17
"""Pixels along a side of an image that is degraded: the tables of weights that resize it grow with its sides."""

MAX_ENLARGEMENT = 64
"""Ratio of the pixels of an image on the way to the LR to those of the HR: 8 times its sides."""

FREE_PIXELS = 2**22
"""Images of up to so many pixels, 2048 x 2048, are never too large an enlargement, however small the HR is."""

MAX_STEPS = 200
"""Steps of a degradation; Real-ESRGAN's model of order 16 draws about 70."""

MAX_TAPS = 2**19
"""Multiplications of all steps together, for each pixel and channel of the HR.

That is eight filters of 255 x 255 at the size of the HR; Real-ESRGAN's model of order 2 takes 3,000.
"""

LEAST_PIXELS = 2**14
"""An image below so many pixels, 128 x 128, counts as one of so many: to split a kernel of 255 x 255 takes as long."""

MAX_KERNEL_SIZE = 255
"""Side of a kernel and taps of a Gaussian, in pixels; the published models have 21, and 51 for sharpening."""

MAX_SIGMA_PX = 100
"""Standard deviation of a blur, or of the resize filter `gaussian`, in pixels."""

MAX_BETA = 100
"""Shape of a generalized Gaussian or plateau kernel, which is a flat ellipse long before."""

MAX_FACTOR = 100
"""Factor of a resize."""

MAX_RESIZES = 16
"""Resizes of one detour to the LR size; from a few on, each one leaves the image much as it was."""

MAX_FILTER_WIDTH = 2
"""Factor of the width of a resize filter; waifu2x has at most 1.05."""

MAX_DETAIL = 8
"""Power of the differences in detail-preserving downscaling; the paper has at most 1."""

MAX_BLUR_RADIUS = 127
"""Radius of a box or a disc in pixels: what a kernel of MAX_KERNEL_SIZE holds."""

MAX_MOTION_PX = 254
"""Length of a camera's path during an exposure, in pixels: what a kernel of MAX_KERNEL_SIZE holds."""

MAX_CENTRIPETAL = 10
"""Pull of a shaking camera toward its start; DeblurGAN has at most 0.7."""

MAX_SHAKE = 100
"""Ratio of the probability of an abrupt turn to the explosiveness; DeblurGAN has at most 0.2."""

MAX_JITTER = 100
"""Deviation of a shaking camera's changes of direction; DeblurGAN has at most 10."""

MAX_MEDIAN_SIZE = 15
"""Side of a median's window in pixels: a byte counts its 225 levels, and hardly anything of a photo is left."""

MAX_BILATERAL_SIZE = 31
"""Side of a bilateral filter's window in pixels, about 700 taps in its circle; OpenCV advises 9 at most."""

MAX_MEASURED_SIZE = 63
"""Side of a measured kernel in pixels: it stands in the record itself, with 11,000 characters at most."""

MAX_KERNEL_BYTES = 2**20
"""Size of a file with a measured kernel, 1 MiB: an array of 255 x 255 in float64 has half of it."""

MAX_NOISE = 1000
"""Standard deviation of noise on the 0..255 scale, and the factor of Poisson noise: four times white."""

MAX_OCTAVES = 16
"""Frequencies of fractal noise; the last weighs 2^-15 of the first."""

MAX_LACUNARITY = 4
"""Ratio of neighboring frequencies of fractal noise; octaves of more than one cell per pixel are left out anyway."""

MAX_GRAIN = 64
"""Size of grain, of blocks of noise and of tiles of a texture, in pixels, and the deviation of a blur of noise."""

MAX_SHARPENING = 10
"""How much of its detail is added to an image or to a field of noise; phones take about 1, recipes 1 to 3."""

MAX_FOLDER_FILES = 10_000
"""Files in a folder that an operator draws from, all of which are read to compute the digest.

Kernels are kept in memory; the largest published pools have 2,000.
"""

MAX_FOLDER_BYTES = 2**34
"""Size of all files of such a folder together, 16 GiB: a thousand photos of a camera."""

MAX_POOL_PATCHES = 1000
"""Patches of a noise pool that are kept in each process, 200 kB each; those of further pictures are not cut."""

MAX_PATH_CHARACTERS = 4096
"""Length of the path of a folder that an operator draws from, the most that Linux takes."""

MAX_PEAK = 100_000
"""Mean Poisson count of white, for which the tables of counts take 16 MB."""

MAX_RATIO = 1000
"""Compression ratio of JPEG 2000: 160 x 160 pixels in color become 77 bytes, about the least that a file has."""

LEAST_SHOT = 1e-7
"""Variance of a sensor's shot noise at white, where white is 1: far below one level of 8 bits."""

MAX_PUSH = 12
"""Stops by which a photo was underexposed: more than a sensor's 14 bits hold."""

MAX_SENSOR_GAIN = 16
"""Factor of a color between sensor and photo, and its inverse; white balance takes 1 to 4."""

MAX_GRAIN_STRENGTH = 10
"""Factor of a film grain's published amplitude; 1.5 is strong."""

MAX_GRAIN_SIZE = 8
"""Enlargement of film grain; larger grains are blotches."""

LEAST_GRAIN_RADIUS = 0.001
"""Radius of a grain in pixels, at which a pixel averages over a million of them."""

MAX_GRAIN_RADIUS = 2
"""Radius of a grain in pixels; larger ones would be seen as disks, which a normal field is not."""

MAX_GRAIN_BLUR = 4
"""Standard deviation of the filter of a pixel that sees film, in pixels; published is 0.8."""

LEAST_GRAIN_BLUR = 0.3
"""Standard deviation of the same filter below which a pixel no longer averages over its area."""

MAX_DENOISING = 10
"""Strength of a camera's noise reduction in units of the noise; 2 removes nearly all of it."""

MAX_MIXING = 10**9
"""Magnitude of an entry of the matrix that mixes noise between channels; drawn ones are mostly below 1."""

MAX_LEVELS = 256
"""Levels of a channel and colors of a palette: all that 8 bits can distinguish."""

MAX_HISTORY = 256
"""Errors that Riemersma's dithering adds for each pixel; its author adds 16."""

MAX_CELL = 64
"""Side of a cell of a screentone in pixels; people train with 7."""

MAX_HALO_SIGMA_PX = 30
"""Standard deviation of a halo's Gaussian in pixels, whose taps then are nearly MAX_KERNEL_SIZE."""

MAX_HALO_AMOUNT = 100
"""Factor of the detail in a halo: at 100, edges are black and white."""

MAX_LEVEL = 510
"""Magnitude of the level, on the 0..255 scale, to which another one is moved: twice white."""

MAX_GAMMA = 4
"""Exponent of levels, and one over the smallest; the published ones are about 1."""

MAX_GAIN = 100
"""Factor of light, brightness, contrast or saturation."""

MAX_FALLOFF = 10
"""Tangent of the angle at which light arrives in a photo's corners; the widest lenses have 2."""

MAX_DISPERSION = 0.2
"""Coefficient of the magnification of a color relative to the others; published ones are up to 0.02."""

MAX_LENS_PX = 10**12
"""Distance of a lens's center, and half of a photo's diagonal, in pixels: more than the largest photo, enlarged."""

MAX_SHIFT_PX = 256
"""Pixels by which a channel or a field is shifted."""

MAX_PERIOD_PX = 10**6
"""Pixels between stripes."""

MAX_FRAMES = 8
"""Frames of a clip that a still is encoded as; from then on the kept frame looks the same."""

MAX_DRIFT_PX = 2
"""How far an image moves from frame to frame of such a clip, in pixels."""

MAX_VIDEO_SIDE = 8188
"""Pixels along a side of an image that a video codec encodes: MPEG-4's header holds 8191."""

MAX_CHROMA_BLUR_PX = 40
"""Standard deviation of a blur of the chroma, in pixels: three of them to each side are a kernel of 241."""

MAX_WEIGHT = 1e300
"""Weight of a choice or of a loss: the sum of as many as there can be stays finite. Large ones are no more work."""

MAX_SCALE = 64
"""HR side / LR side."""

MAX_ORDER = 16
"""Stages of a high_order recipe; the published models have 1 and 2."""

MAX_NAME_CHARACTERS = 100
"""Length of the name of a recipe in a mixture, which its records repeat."""

MAX_OPERATORS = 1000
"""Operators in a recipe, those inside of others counted each time that they stand somewhere; BSRGAN+ has about 60."""

MAX_OPERATOR_DEPTH = 32
"""Depth to which operators are nested; BSRGAN's model has 6."""

MAX_VARIANTS = 1000
"""Degradations of one tile."""

MAX_SEED = 2**128
"""Magnitude of a seed."""

MAX_RECORD_CHARACTERS = 2**18
"""Length of a record, about 1,300 characters for each of the most steps; a usual record has 1,500 in all."""

MAX_YAML_BYTES = 2**18
"""Size of a recipe or of a configuration; a recipe of order 16 with every field written out has 20 kB."""

MAX_YAML_NODES = 10_000
"""Values, lists and mappings in YAML, and one for each 100 characters of text.

They are counted anew for each alias: nine lines of aliases to aliases stand for a billion.
"""

MAX_YAML_DEPTH = 100
"""Depth to which lists and mappings are nested in YAML: three for each nested operator."""

MAX_EXTENDED_FILES = 16
"""Files of a recipe that extend one another in turn."""

MAX_NUMBER_CHARACTERS = 100
"""Characters of a number in YAML."""

MAX_INTEGER = 2**63 - 1
"""Magnitude of an integer in a recipe, as in the formats that keep recipes."""

MAX_FEATURES = 256
"""Channels between the generator's blocks; published ones have 64."""

MAX_BLOCKS = 64
"""Blocks of the generator; published ones have 23."""

MAX_PARAMETERS = 2**28
"""Numbers in a file of weights, 1 GiB in float32: above the largest generator, and above VGG19 with its classifier."""

MAX_TENSORS = 20_000
"""Named tensors in a file of weights; the largest generator has 2,000, and a checkpoint about five times as many."""

MAX_WEIGHTS_BYTES = 2**33
"""Size of a file of weights, 8 GiB, which a checkpoint of the largest networks stays below."""

MAX_LOG_BYTES = 2**30
"""Size of a training's log, 1 GiB: about 20 million lines."""

MAX_PATCH = 4096
"""Side of a training patch in pixels."""

MAX_BATCH = 2**16
"""Patches of one iteration of a training."""

MAX_VAL_IMAGES = 10_000
"""Pairs that a training is validated on; they are kept in memory."""

MAX_ITERATIONS = 10**9
"""Iterations of a training, and between its logs, validations and checkpoints."""

MAX_WORKERS = 1024
"""Processes that read, degrade or train on one machine."""

MAX_PROFILE_BYTES = 2**24
"""Size of an ICC profile that is applied; those of presses have about 2 million bytes."""

MAX_EXIF_BYTES = 65_527
"""Size of EXIF data that an enlarged picture keeps: what a segment of a JPEG holds."""

MAX_FILE_BYTES = 2**29
"""Size of a file that is read at once: a picture of the most pixels, uncompressed, has 400 MB."""

MAX_JSON_BYTES = 2**26
"""Size of a plan, a manifest or a report; a manifest has 200 bytes for each photo of its shard."""

MAX_CARD_BYTES = 2**22
"""Size of a dataset's card; a quarter of it may be the text of its owner."""

MAX_LINE_BYTES = 2**20
"""Length of a line of JSON, which holds a row without its pictures or a skipped photo."""

MAX_PHOTOS = 10**10
"""Photos of a dataset."""

MAX_GROUP_ROWS = 1000
"""Rows that a Parquet file stores together, which are decoded together."""

MAX_COLUMNS = 10_000
"""Different fields of a dataset's records, counted by their steps, each a column; Real-ESRGAN's have about 50."""

MAX_CONDITION_CHARACTERS = 10_000
"""Length of a condition on pairs, which a plan and a card repeat."""

MAX_KEY_CHARACTERS = 2**15
"""Length of the key of a photo, which is a path or a URL."""
