"""degradekit's trainer for Real-ESRGAN's two stages. Nothing is here yet; the library and the builder come first."""
