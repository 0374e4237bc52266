"""Steps of calls that take a while: told to listeners, shown as a bar once a call has lasted two seconds."""

from gridpart.steps.audience import Listener, progress
from gridpart.steps.report import Progress
from gridpart.steps.work import counted, figures, step, task, working

__all__ = ["Listener", "Progress", "counted", "figures", "progress", "step", "task", "working"]
