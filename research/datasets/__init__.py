"""Datasets: named tables of rows with JSON values, which imports fill and other jobs read."""
