"""The BasicSR of PyPI, trained with the option files of the page for it."""

import copy
import re
from pathlib import Path
from statistics import mean

import pytest
import yaml
from pages import block

PAGE = "docs/with-basicsr.md"
SCRIPTS = Path(__file__).parent / "scripts"
pytestmark = pytest.mark.slow


def option_file(name: str) -> dict:
    return yaml.safe_load(block(PAGE, f"# {name}\n"))


def small(options: dict, iterations: int = 1) -> dict:
    """Return an option file of the page with sizes, workers and a length that a CPU is done with in seconds.

    A higher rate makes up for the length. The perceptual loss is left out, as VGG19 would have to be downloaded.
    """
    options = copy.deepcopy(options)
    options["network_g"] |= {"num_feat": 8, "num_block": 1, "num_grow_ch": 4}
    if "network_d" in options:
        options["network_d"]["num_feat"] = 8
    options["datasets"]["train"] |= {"gt_size": 64, "batch_size_per_gpu": 4, "num_worker_per_gpu": 0}
    options["train"]["total_iter"] = iterations
    options["train"]["optim_g"]["lr"] = 0.001
    options["train"].pop("perceptual_opt", None)
    options["logger"] |= {"print_freq": 5, "use_tb_logger": False}
    if "val" in options:
        options["val"]["val_freq"] = iterations
    return options


def save(folder: Path, options: dict) -> str:
    path = folder / f"{options['name']}_{options['model_type']}.yml"
    path.write_text(yaml.safe_dump(options))
    return str(path)


def losses(log: str, name: str) -> list[float]:
    return [float(value) for value in re.findall(rf"\b{name}: ([0-9.e+-]+)", log)]


def falls(values: list[float]) -> bool:
    return mean(values[-3:]) < 0.7 * mean(values[:3])


def test_the_stages_of_real_esrgan_train_on_the_pairs_of_an_export(basicsr, paired):
    log = basicsr("train.py", "-opt", save(paired, small(option_file("net.yml"), 60)))
    assert falls(losses(log, "l_pix"))
    assert len(losses(log, "psnr")) == 2  # at the last iteration, and at the end

    log = basicsr(SCRIPTS / "on_cpu.py", "-opt", save(paired, small(option_file("gan.yml"), 10)))
    assert "net/models/net_g_latest.pth, with param key: [params_ema]" in log  # it starts from the first stage
    assert len(losses(log, "l_g_pix")) == len(losses(log, "l_d_fake")) == 2


@pytest.mark.parametrize("dataset", ["shards", "otf"])
def test_net_trains_on_the_datasets_of_degradekit(dataset, basicsr, paired):
    options = option_file("net.yml")
    options["name"] = dataset
    options["datasets"]["train"] = option_file(dataset)["train"]
    assert falls(losses(basicsr("train.py", "-opt", save(paired, small(options, 60))), "l_pix"))


def test_folders_lists_and_lmdbs_give_the_pairs_as_they_were_built(basicsr, paired):
    (paired / "make_lmdb.py").write_text(block(PAGE, "make_lmdb_from_imgs"))
    basicsr("make_lmdb.py")
    basicsr(SCRIPTS / "compare_pairs.py", save(paired, option_file("net.yml")))


def test_models_take_the_targets_of_the_page(basicsr, paired):
    net, gan = small(option_file("net.yml")), small(option_file("gan.yml"))
    sharpening_net = net | {"model_type": "RealESRNetModel", "high_order_degradation": False, "gt_usm": True}
    printed = basicsr(SCRIPTS / "print_targets.py", *(save(paired, each) for each in (net, sharpening_net, gan)))
    assert re.findall(r"^target: (\w+)$", printed, re.MULTILINE) == ["plain", "plain", "sharpened"]
