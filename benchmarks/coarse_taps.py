"""Fits the taps of degradekit/functional/coarse_blur.py, and shows what other numbers of taps would give.

Usage: python benchmarks/coarse_taps.py

The impulse response of each of the three phases in a block is the convolution of the phase's mixing weights, the
smoothing taps, both spaced three pixels apart, and the condensing taps. The fit makes the largest sum of the magnitudes
of the differences between these responses and the Gaussian as small as possible, while their sums, means and variances
stay those of the Gaussian. That is not linear in all taps at once, so a least-squares fit comes first, and then linear
programs, each for small changes of the taps, until none gains anything.
"""

import numpy as np
from scipy.optimize import least_squares, linprog

BLOCK, SIZE, SIGMA = 3, 51, 8.0
REACH = 48
"""Pixels to each side of a block that are looked at."""


def gaussian(offsets: np.ndarray, sigma: float) -> np.ndarray:
    values = np.exp(-0.5 * (offsets / sigma) ** 2)
    return values / values.sum()


class Taps:
    """All taps as one vector, of which only one half of each symmetrical set is free."""

    def __init__(self, condensing: int, smoothing: int) -> None:
        self.sizes = condensing, smoothing
        self.offsets = np.arange(-REACH, REACH + BLOCK)
        kernel = gaussian(np.arange(SIZE) - SIZE // 2, SIGMA)
        self.targets = np.zeros((2, self.offsets.size))  # the third phase mirrors the first
        for phase in range(2):
            start = REACH + phase - SIZE // 2
            self.targets[phase, start : start + SIZE] = kernel
        self.powers = np.array([[((self.offsets - p) / SIGMA) ** k for k in range(3)] for p in range(2)])

    def first_guess(self) -> np.ndarray:
        condensing, smoothing = (np.arange(size // 2 + 1.0) for size in self.sizes)
        narrow, wide = np.exp(-((condensing / 2.4) ** 2)), np.exp(-((smoothing / 3.5) ** 2))
        return np.concatenate([narrow / 4, wide / 6, [0.4, 0.55, 0.05, 0.15, 0.7]])

    def parts(self, taps: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the condensing and smoothing taps, both whole, and the mixing weights of two phases."""
        first, second = self.sizes[0] // 2 + 1, self.sizes[0] // 2 + 1 + self.sizes[1] // 2 + 1
        condensing, smoothing, mixing = taps[:first], taps[first:second], taps[second:]
        whole = [np.concatenate([half[:0:-1], half]) for half in (condensing, smoothing)]
        return whole[0], whole[1], np.array([mixing[:3], [mixing[3], mixing[4], mixing[3]]])

    def residuals(self, taps: np.ndarray) -> np.ndarray:
        """Return response minus Gaussian, (2, pixels)."""
        condensing, smoothing, mixing = self.parts(taps)
        responses = np.zeros_like(self.targets)
        for phase, weights in enumerate(mixing):
            coarse = np.convolve(weights, smoothing)
            spread = np.zeros(BLOCK * (coarse.size - 1) + 1)
            spread[::BLOCK] = coarse
            response = np.convolve(spread, condensing)
            start = REACH + 1 - response.size // 2
            responses[phase, start : start + response.size] = response
        return responses - self.targets

    def derivatives(self, taps: np.ndarray) -> np.ndarray:
        """Return (2, pixels, taps)."""
        steps = np.eye(taps.size) * 1e-6
        return np.stack([(self.residuals(taps + s) - self.residuals(taps - s)) / 2e-6 for s in steps], axis=-1)

    def error(self, taps: np.ndarray) -> float:
        """Return the larger one of the two sums of magnitudes, and on top the largest deviation of a moment."""
        residuals = self.residuals(taps)
        moments = np.einsum("pkn,pn->pk", self.powers, residuals)
        return float(np.abs(residuals).sum(1).max() + np.abs(moments).max())

    def step(self, taps: np.ndarray, limit: float) -> np.ndarray:
        """Return the change of the taps, each by at most `limit`, that a linear program considers the best."""
        residuals, slopes = self.residuals(taps), self.derivatives(taps)
        moments = np.einsum("pkn,pn->pk", self.powers, residuals).ravel()
        moment_slopes = np.einsum("pkn,pnt->pkt", self.powers, slopes).reshape(-1, taps.size)
        flat, n, t = slopes.reshape(-1, taps.size), residuals.size, taps.size
        # The unknowns are the change, the magnitude of each residual, the larger sum, and the largest moment.
        magnitudes = np.hstack([-np.eye(n), np.zeros((n, 2))])
        sums = np.hstack([np.zeros((2, t)), np.kron(np.eye(2), np.ones(n // 2)), [[-1, 0], [-1, 0]]])
        largest = np.hstack([np.zeros((moments.size, n + 1)), -np.ones((moments.size, 1))])
        rows = [np.hstack([sign * flat, magnitudes]) for sign in (1, -1)]
        rows += [sums, *(np.hstack([sign * moment_slopes, largest]) for sign in (1, -1))]
        right = np.concatenate([-residuals.ravel(), residuals.ravel(), [0, 0], -moments, moments])
        cost = np.concatenate([np.zeros(t + n), [1, 1]])
        bounds = [(-limit, limit)] * t + [(0, None)] * (n + 2)
        return np.asarray(linprog(cost, np.vstack(rows), right, bounds=bounds).x[:t])


def fit(condensing: int, smoothing: int) -> tuple[Taps, np.ndarray]:
    """Return the best taps; the sums of a set are not 1, but their product is."""
    model = Taps(condensing, smoothing)
    taps = least_squares(lambda x: model.residuals(x).ravel() * 1e3, model.first_guess()).x
    limit = 0.01
    while limit > 1e-7:
        changed = taps + model.step(taps, limit)
        if model.error(changed) < model.error(taps):
            limit *= 1.5 if model.error(changed) < 0.9999 * model.error(taps) else 0.5
            taps = changed
        else:
            limit *= 0.3
    return model, taps


def with_sum_1(taps: np.ndarray) -> np.ndarray:
    """Return sets of taps with 7 digits, of which the one in the middle makes the sum 1."""
    rounded = np.round(taps / taps.sum(-1, keepdims=True), 7)
    rounded[:, taps.shape[1] // 2] += 1 - rounded.sum(-1)
    return np.round(rounded, 7)


def main() -> None:
    for condensing, smoothing in ((7, 17), (9, 17), (9, 19), (9, 21), (11, 19)):
        model, taps = fit(condensing, smoothing)
        print(f"{condensing} and {smoothing} taps: {model.error(taps):.6f}")
        if (condensing, smoothing) == (9, 19):
            for part in model.parts(taps):
                print(with_sum_1(np.atleast_2d(part)))


if __name__ == "__main__":
    main()
