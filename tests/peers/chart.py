"""The curves of a run as one SVG file, which can be read on light and dark pages."""

from statistics import median

import matplotlib

matplotlib.use("svg")
# Text as text, and the same file for the same numbers.
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "job-workers", "font.size": 8})
from matplotlib import pyplot  # noqa: E402

# Stands for the colour of text, which the page's scheme decides.
INK = "#010203"
STYLE = (
    "<style>svg { color: #1f2328 } "
    "@media (prefers-color-scheme: dark) { svg { color: #e6edf3 } }</style>"
)


def cost(axes, table):
    """A panel: the cost of a unit, and the peak memory beside it."""
    scale, unit = (1e3, "ms a MB") if table["unit"] == "MB" else (1e6, "µs a task")
    x = [row["x"] for row in table["rows"]]
    axes.plot(
        x,
        [scale * median(row["seconds"]) / row["amount"] for row in table["rows"]],
        "o-",
        color="#2f81f7",
        label=unit,
    )
    axes.plot(
        x,
        [median(row["peak_mib"]) for row in table["rows"]],
        "s--",
        color="#d29922",
        label="peak MiB",
    )
    axes.set_yscale("log")
    axes.set_xlabel(table["x"])


def rate(axes, table):
    """A panel: tasks a second of so many workers."""
    x = [row["x"] for row in table["rows"]]
    rates = [row["amount"] / median(row["seconds"]) / 1000 for row in table["rows"]]
    axes.plot(x, rates, "o-", color="#2f81f7", label="1,000 tasks a second")
    axes.set_ylim(bottom=0)
    axes.set_xticks(x, [str(workers) for workers in x])
    axes.set_xlabel(table["x"])


def draw(tables, target):
    """Draws all curves into a file."""
    figure, panels = pyplot.subplots(1, len(tables), figsize=(11, 2.7), layout="constrained")
    for axes, table in zip(panels, tables):
        axes.set_xscale("log")
        (rate if table["x"] == "workers" else cost)(axes, table)
        axes.set_title(table["title"].replace(", by ", ",\nby "), color=INK)
        axes.tick_params(colors=INK, which="both")
        axes.xaxis.label.set_color(INK)
        axes.patch.set_alpha(0)
        axes.minorticks_off()
        axes.grid(alpha=0.25)
        axes.spines[:].set_color(INK)
        axes.legend(frameon=False, labelcolor=INK)
    figure.patch.set_alpha(0)
    figure.savefig(target, metadata={"Date": None})
    text = target.read_text().replace(INK, "currentColor")
    target.write_text(text.replace("<defs>", f"{STYLE}\n <defs>", 1))
