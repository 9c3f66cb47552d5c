"""Pictures by which a person judges a model: what it said of held-out rows, and what would have been right."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

DPI: Final = 110
BLUE, GREY = "#1f5fa8", "#8a8a8a"


def plots_of_numbers(target: np.ndarray, predicted: np.ndarray, name: str) -> dict[str, bytes]:
    """PNG images: predicted over true values, and what is left between them."""
    low, high = min(target.min(), predicted.min()), max(target.max(), predicted.max())

    def over_true(axes: Axes) -> None:
        axes.plot([low, high], [low, high], color=GREY, linewidth=1, label="right")
        axes.scatter(target, predicted, s=12, alpha=0.6, color=BLUE, label="held-out rows")
        axes.set(xlabel=f"true {plain(name)}", ylabel=f"predicted {plain(name)}", title="Predicted and true values")
        axes.legend(frameon=False)

    def residuals(axes: Axes) -> None:
        axes.axhline(0, color=GREY, linewidth=1)
        axes.scatter(predicted, target - predicted, s=12, alpha=0.6, color=BLUE)
        axes.set(xlabel=f"predicted {plain(name)}", ylabel="true − predicted", title="Residuals")

    return {"predicted_and_true": _png(over_true), "residuals": _png(residuals)}


def plots_of_classes(
    target: np.ndarray, predicted: np.ndarray, favoured: np.ndarray, classes: Sequence[str]
) -> dict[str, bytes]:
    """PNG images: the confusion matrix and, where there are two classes, ROC and precision over recall."""
    made = {"confusion": _png(lambda axes: _confusion(axes, target, predicted, classes), size=_size(len(classes)))}
    if len(classes) == 2 and 0 < (target == 1).sum() < len(target):
        made["roc"] = _png(lambda axes: _roc(axes, target == 1, favoured[:, 0], classes[1]))
        made["precision_recall"] = _png(lambda axes: _precision(axes, target == 1, favoured[:, 0], classes[1]))
    return made


def _confusion(axes: Axes, target: np.ndarray, predicted: np.ndarray, classes: Sequence[str]) -> None:
    import numpy as np
    from sklearn.metrics import confusion_matrix

    counts = confusion_matrix(target, predicted, labels=np.arange(len(classes)))
    axes.imshow(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
    names = [plain(name) for name in classes]
    axes.set_xticks(
        range(len(names)), names, rotation=45 if len(names) > 2 else 0, ha="right" if len(names) > 2 else "center"
    )
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="predicted", ylabel="true", title="Confusion of classes")
    for (row, column), count in np.ndenumerate(counts):
        dark = count > counts[row].sum() / 2
        axes.text(column, row, str(count), ha="center", va="center", color="white" if dark else "black", fontsize=8)


def _roc(axes: Axes, positive: np.ndarray, favoured: np.ndarray, name: str) -> None:
    from sklearn.metrics import roc_auc_score, roc_curve

    false, true, _ = roc_curve(positive, favoured)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--", label="by chance")
    axes.plot(false, true, color=BLUE, label=f"area {roc_auc_score(positive, favoured):.2f}")
    axes.set(xlabel="false positive rate", ylabel="true positive rate", title=f"ROC of class {plain(name)}")
    axes.legend(frameon=False, loc="lower right")


def _precision(axes: Axes, positive: np.ndarray, favoured: np.ndarray, name: str) -> None:
    from sklearn.metrics import average_precision_score, precision_recall_curve

    precision, recall, _ = precision_recall_curve(positive, favoured)
    axes.axhline(positive.mean(), color=GREY, linewidth=1, linestyle="--", label="by chance")
    axes.step(
        recall, precision, where="post", color=BLUE, label=f"average {average_precision_score(positive, favoured):.2f}"
    )
    axes.set(xlabel="recall", ylabel="precision", title=f"Precision of class {plain(name)}", ylim=(0, 1.02))
    axes.legend(frameon=False)


def plain(name: str) -> str:
    """A name that matplotlib prints as it stands, for between two dollar signs it would read a formula."""
    short = name if len(name) <= 24 else name[:23] + "…"
    return short.replace("$", r"\$")


def _size(classes: int) -> tuple[float, float]:
    side = min(max(4.5, classes * 0.4 + 2), 16)
    return side, side


def _png(draw: Any, size: tuple[float, float] = (5.5, 4.2)) -> bytes:
    """A picture without pyplot, whose list of open figures would grow in a process that lives on."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    draw(figure.add_subplot())
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=DPI)
    return picture.getvalue()
