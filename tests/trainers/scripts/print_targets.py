"""Prints, for each option file, whether the pixel loss of its model compares with the HR as it is or sharpened."""

import sys

import on_cpu  # noqa: F401 - imports basicsr too
import torch
import yaml
from basicsr.models import build_model

for path in sys.argv[1:]:
    with open(path) as file:
        options = yaml.safe_load(file) | {"is_train": True, "dist": False, "num_gpu": 0}
    options["path"]["pretrain_network_g"] = None
    model = build_model(options)
    gt = torch.rand(2, 3, 64, 64)
    model.feed_data({"lq": torch.rand(2, 3, 16, 16), "gt": gt})
    compared, model.cri_pix = (
        [],
        lambda output, target, loss=model.cri_pix: compared.append(target) or loss(output, target),
    )
    model.optimize_parameters(1)
    print("target:", "plain" if compared[0].equal(gt) else "sharpened")
