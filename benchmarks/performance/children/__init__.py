"""Programs that a benchmark runs as processes of their own. Each prints one JSON object."""
