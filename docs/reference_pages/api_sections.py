"""What is on the pages of the Python API, in the order of a reader's interest."""

SECTIONS: dict[str, dict[str, list[str]]] = {
    "degradekit": {
        "Degrade": ["operators.base.Operator", "Degradation", "Step", "types.Frame", "warm_up", "register"],
        "Fit to real photos": [
            "match",
            "Match",
            *(f"matching.results.{name}" for name in ("FieldFit", "Agreement", "Difference", "Milder", "Twin")),
        ],
        "Errors": [
            "DegradekitError",
            "RecipeError",
            "RecordError",
            "ImageError",
            "DatasetError",
            "UnavailableError",
            "Mistake",
        ],
    },
    "degradekit.recipes": {
        "Read and write": ["load", "loads", "named", "dump", "dumps", "from_dict"],
        "Change": ["changed", "at_strength", "rescaled", "varied", "read_settings"],
        "Look into": ["differences", "schema"],
    },
    "degradekit.presets": {
        "By name": ["preset", "summary", "NAMES"],
        "Tables": ["PRESETS", "Preset", "ALIASES", "GROUPS"],
    },
    "degradekit.dataset": {
        "Build": [
            "synthesize",
            "Options",
            "Selection",
            "tiles.Tile",
            "tiles.Grid",
            "manifest.Skipped",
            "Outcome",
            "Report",
        ],
        "Read pairs": ["Pairs", "Pair"],
        "Look and check": [
            "inspect",
            "Inspection",
            "inspecting.Histogram",
            "verify",
            "Verification",
            "parameters",
            "save_parameters",
        ],
        "Make others of it": ["export", "filter_pairs", "redegrade", "describe", "card_parts.OwnPart"],
        "Measure photos": ["measure", "Measurements", "measurements.Measured"],
        "Many machines, and progress": [
            "synthesize_slice",
            "finalize",
            "LocalEngine",
            "RayEngine",
            "engines.base.Engine",
            "Progress",
            "ProgressBar",
        ],
    },
    "degradekit.statistics": {
        "Measure": ["measure_crop", "detect_jpeg_quality", "jpeg_quality_of_tables", "table_quality.TableQuality"],
        "Tables": ["STATISTICS", "Statistic", "LEAST_SIDE", "JPEG_SCORE_THRESHOLD"],
    },
    "degradekit.bench_sets": {"Make a test set": ["make_bench_set", "BenchOptions", "BenchDegradation", "BenchSet"]},
    "degradekit_models": {"Torch datasets": ["OnTheFly", "PairPatches", "pairs_on_device"]},
}
"""For each public module its names by headings; a dotted one is of a module in it, and is handed out or taken there."""
