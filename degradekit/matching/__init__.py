"""Fits a recipe to real low-quality photos, and reports which of its parameters can be seen in them at all.

`match_photos` is what people call, `gathering` refuses what a match cannot work with, and `fitting` has the order of
the work. Everything else belongs to one of these parts, in the order in which a match needs them:

- A recipe's fields: `recipe_paths`, `fields` and `spans`; `observing` reads the value of each field off a draw.
- Crops: `surveying` and `real_photos` measure those of real photos; `drawing`, `simulating` and `cache` make those of a
  recipe and keep them; `samples` holds both, and `generators` has the random numbers besides draws.
- What crops show of a field: `scores` and `regression` predict its value, `jpeg_readings` reads it off headers and
  pixels, and `views` has the result for each field.
- Fits: `unfolding` turns predictions into shares, `scenes` estimates how many independent scenes the photos count as,
  `evidence` and `joint_evidence` decide whether they differ from the recipe, and `field_fits` fits one field after
  another. `milder` looks for a milder recipe to start from.
- Real photos beside LRs: `distances`, `shifts`, `suggestions` and `agreement`; `representatives` and `twins` choose the
  crops that are shown.
- The fitted recipe: `pieces`, `rewriting` and `writing`.
- The report: `results` and `cautions`; `report_data` makes them plain data, and `report` a page, JSON or text.
"""
