"""Degrading on the fly, inside a torch Dataset with workers."""

import numpy as np
import pytest

from degradekit import HighOrder

torch = pytest.importorskip("torch", reason="torch is not installed, so its DataLoader cannot be tried")


class OnTheFly(torch.utils.data.Dataset):
    def __init__(self, hr: np.ndarray) -> None:
        self.hr = hr
        self.recipe = HighOrder(scale=4)

    def __len__(self) -> int:
        return 12

    def __getitem__(self, index: int) -> torch.Tensor:
        lr = self.recipe(self.hr, seed=3, key=f"photo {index}")
        return torch.from_numpy(lr).permute(2, 0, 1)


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_workers_give_the_same_lr_as_outside(context, astronaut):
    hr = astronaut[:96, :96].copy()
    dataset = OnTheFly(hr)
    loader = torch.utils.data.DataLoader(dataset, batch_size=4, num_workers=2, multiprocessing_context=context)
    loaded = torch.cat(list(loader))
    expected = [HighOrder(scale=4)(hr, seed=3, key=f"photo {index}") for index in range(12)]
    np.testing.assert_array_equal(loaded.permute(0, 2, 3, 1).numpy(), np.stack(expected))
