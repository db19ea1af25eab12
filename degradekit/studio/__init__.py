"""The studio: a page on which a recipe is tuned by eye. Its model knows no web framework; `page` shows it."""
