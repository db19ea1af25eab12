"""What some presets draw today, although the source that their table was written from has it otherwise.

A preset that is corrected loses its entry, and is then compared with the table itself.
"""

from preset_numbers.destroyers import destroyer
from preset_numbers.faces import GRAY, face
from preset_numbers.grammar import Maybe, Seq
from preset_numbers.laws import equal
from preset_numbers.lines import HR, final_sinc, resize, to_size
from preset_numbers.trainers import COMBO_BLURS, COMBO_CODEC, COMBO_LAST_JPEG, COMBO_NOISES

LR = HR // 4
FILTERS = equal("area", "bilinear", "bicubic", "nearest")

PENDING = {
    # GPEN makes the HR gray before the blur, and so the target too.
    "gpen": face((0.1, 10), (0.8, 8), 20, (60, 100), Maybe(0.2, GRAY)),
    # The tool turns the anisotropic kernel by any angle, encodes VP9 with `cpu-used` 5, and resizes in linear light.
    "dataset-destroyer": destroyer(0.0, 4, None),
    # traiNNer's second resize goes by the image that comes, linear and bicubic are antialiased, nearest only halves or
    # quarters, and the last resize and JPEG come in either order.
    "trainner-combo": Seq(
        COMBO_BLURS[0],
        resize("resize 1", (0.15, 1.5), (0.2, 0.7, 0.1), filters=FILTERS),
        COMBO_NOISES[0],
        COMBO_CODEC,
        COMBO_BLURS[1],
        resize("resize 2", (0.3, 1.2), (0.3, 0.4, 0.3), LR, FILTERS),
        COMBO_NOISES[1],
        to_size("last resize", LR, equal("area", "bilinear", "bicubic", "mitchell")),
        Maybe(0.8, final_sinc()),
        COMBO_LAST_JPEG,
    ),
}
