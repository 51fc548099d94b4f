"""The forecast of due milestones in a period: counting and chart."""
