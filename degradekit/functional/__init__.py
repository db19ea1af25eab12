"""Pure numeric functions on images: float32, (H, W, C), RGB, nominal range [0, 1]; none changes its input."""
