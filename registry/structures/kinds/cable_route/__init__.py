"""A telecom cable from end to end: what it is, where it hangs or lies, whether it still serves."""
