"""`python -m degradekit_cli` is `degradekit`."""

from degradekit_cli.main import main

main(prog_name="degradekit")
