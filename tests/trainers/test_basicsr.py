"""The BasicSR of PyPI, trained with the option files of the page for it."""

import copy
import re
from statistics import mean

import pytest
import yaml
from pages import block

PAGE = "docs/with-basicsr.md"
pytestmark = pytest.mark.slow


def option_file(name: str) -> dict:
    return yaml.safe_load(block(PAGE, f"# {name}\n"))


def small(options: dict, iterations: int) -> dict:
    """Return an option file of the page with sizes, workers and a length that a CPU is done with in seconds.

    The perceptual loss is left out, as VGG19 would have to be downloaded.
    """
    options = copy.deepcopy(options)
    options["network_g"] |= {"num_feat": 8, "num_block": 1, "num_grow_ch": 4}
    if "network_d" in options:
        options["network_d"]["num_feat"] = 8
    options["datasets"]["train"] |= {"gt_size": 64, "batch_size_per_gpu": 4, "num_worker_per_gpu": 0}
    options["train"] |= {"total_iter": iterations}
    options["train"].pop("perceptual_opt", None)
    options["logger"] |= {"print_freq": 5, "use_tb_logger": False}
    if "val" in options:
        options["val"]["val_freq"] = iterations
    return options


def losses(log: str, name: str) -> list[float]:
    return [float(value) for value in re.findall(rf"\b{name}: ([0-9.e+-]+)", log)]


def train(basicsr, folder, options: dict, *command: str) -> str:
    (folder / "options.yml").write_text(yaml.safe_dump(options))
    return basicsr(*(command or ["train.py"]), "-opt", "options.yml")


def falls(values: list[float]) -> bool:
    return mean(values[-3:]) < 0.7 * mean(values[:3])


def test_the_stages_of_real_esrgan_train_on_the_pairs_of_an_export(basicsr, paired):
    log = train(basicsr, paired, small(option_file("net.yml"), 60))
    assert falls(losses(log, "l_pix"))
    assert len(losses(log, "psnr")) == 2  # at the last iteration, and at the end

    # RealESRGANModel calls .cuda() of what it makes, which here means nothing.
    on_cpu = "import torch\ntorch.nn.Module.cuda = lambda module, device=None: module\nimport train\ntrain.train_pipeline('.')\n"
    (paired / "on_cpu.py").write_text(on_cpu)
    log = train(basicsr, paired, small(option_file("gan.yml"), 10), "on_cpu.py")
    assert len(losses(log, "l_g_pix")) == len(losses(log, "l_d_fake")) == 2
    assert losses(log, "l_g_pix")[0] < 0.3  # it starts from the first stage; random weights begin at 0.4


@pytest.mark.parametrize("words", ["# otf\n", "# shards\n"])
def test_net_trains_on_the_datasets_of_degradekit(words, basicsr, paired):
    options = option_file("net.yml")
    options["datasets"]["train"] = yaml.safe_load(block(PAGE, words))["train"]
    assert falls(losses(train(basicsr, paired, small(options, 60)), "l_pix"))


def test_folders_lists_and_lmdb_give_the_pairs_as_they_were_built(basicsr, paired):
    (paired / "make_lmdb.py").write_text(block(PAGE, "make_lmdb_from_imgs"))
    basicsr("make_lmdb.py")
    (paired / "read.py").write_text(f"""
import train, torch
from basicsr.data import build_dataset
from degradekit import Degradation
from degradekit.dataset import Pairs

options = {option_file("net.yml")["datasets"]["train"]!r} | dict(phase="val", scale=4)
without_list = {{name: value for name, value in options.items() if name != "meta_info_file"}}
lmdb = {{
    name: value + ".lmdb" if name.startswith("dataroot") else value for name, value in without_list.items()
}} | dict(io_backend=dict(type="lmdb"))
listed, folders, lmdbs = (build_dataset(each) for each in (options, without_list, lmdb))
pairs = Pairs("shards")
assert len(listed) == len(folders) == len(lmdbs) == len(pairs) > 0

def levels(dataset):
    return sorted(tuple((item[name] * 255).round().byte().numpy().tobytes() for name in ("lq", "gt")) for item in dataset)

built = sorted(
    tuple(each.transpose(2, 0, 1).tobytes() for each in (pair.lr, Degradation.from_json(pair.degradation).target(pair.hr)))
    for pair in pairs
)
assert levels(listed) == levels(folders) == levels(lmdbs) == built
""")
    basicsr("read.py")


def test_models_take_the_targets_of_the_page(basicsr, paired):
    """Which image the pixel loss of a model compares with, where it trains on pairs."""
    (paired / "targets.py").write_text(f"""
import torch
torch.nn.Module.cuda = lambda module, device=None: module
import train
from basicsr.models import build_model

for model, options in {{
    "SRModel": {small(option_file("net.yml"), 1)!r},
    "RealESRNetModel": {small(option_file("net.yml"), 1) | {"high_order_degradation": False, "gt_usm": True}!r},
    "RealESRGANModel": {small(option_file("gan.yml"), 1)!r},
}}.items():
    options |= dict(model_type=model, is_train=True, dist=False, num_gpu=0)
    options["path"] |= dict(pretrain_network_g=None)
    model = build_model(options)
    gt = torch.rand(2, 3, 64, 64)
    model.feed_data(dict(lq=torch.rand(2, 3, 16, 16), gt=gt))
    loss = model.cri_pix
    model.cri_pix = lambda output, target: print("takes", "plain" if target.equal(gt) else "sharpened") or loss(output, target)
    model.optimize_parameters(1)
""")
    assert re.findall(r"^takes (\w+)", basicsr("targets.py"), re.MULTILINE) == ["plain", "plain", "sharpened"]
