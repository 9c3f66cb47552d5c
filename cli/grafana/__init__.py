"""Dashboards for Grafana and rules for Prometheus, made from the names that /metrics has."""
