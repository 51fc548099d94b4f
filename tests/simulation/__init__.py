"""Ten years in a minute: the real planning over tables in memory, judged by the referee."""
