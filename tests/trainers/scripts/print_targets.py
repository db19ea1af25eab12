"""Prints, for each option file, whether the pixel loss of its model compares with the HR as it is or sharpened."""

import sys
from pathlib import Path

import on_cpu  # imports basicsr too
import torch
import yaml
from basicsr.models import build_model


class Recording:
    """Calls a loss, and keeps the target that it was given."""

    def __init__(self, loss) -> None:
        self.loss = loss

    def __call__(self, output, target):
        self.target = target
        return self.loss(output, target)


assert on_cpu
for path in sys.argv[1:]:
    options = yaml.safe_load(Path(path).read_text()) | {"is_train": True, "dist": False, "num_gpu": 0}
    options["path"]["pretrain_network_g"] = None
    model = build_model(options)
    gt = torch.rand(2, 3, 64, 64)
    model.feed_data({"lq": torch.rand(2, 3, 16, 16), "gt": gt})
    model.cri_pix = Recording(model.cri_pix)
    model.optimize_parameters(1)
    print("target:", "plain" if model.cri_pix.target.equal(gt) else "sharpened")
