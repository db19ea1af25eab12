"""degradekit's trainer for Real-ESRGAN's two stages."""
