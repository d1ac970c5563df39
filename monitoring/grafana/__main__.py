"""Write every dashboard as a file of Grafana's: python -m monitoring.grafana FOLDER."""

import argparse
from pathlib import Path

from monitoring.grafana.dashboards import written


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m monitoring.grafana", description=__doc__)
    parser.add_argument("folder", type=Path, help="for the files, made if need be; other *.json in it are deleted")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    files = written()
    for file in folder.glob("*.json"):
        if file.name not in files:
            file.unlink()
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
        print(folder / name)


if __name__ == "__main__":
    main()
