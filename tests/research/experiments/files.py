"""The real files of readings that the tests of experiments share."""

from pathlib import Path
from typing import Final

DATA: Final = Path(__file__).parents[2] / "data" / "experiments"
SOIL: Final = DATA / "soil-mfc-imwut_v3.1_2.csv"
PEM: Final = DATA / "pem-const-current-0.25A-5.csv"
PEM_NOTES: Final = DATA / "pem-const-current-0.25A-5.names"
