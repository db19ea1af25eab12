"""`python -m degradekit` is `degradekit`: the only import of the command line from below; nothing imports this file."""

from degradekit_cli.main import main

main(prog_name="degradekit")
