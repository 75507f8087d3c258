"""Forms at the steps of processes: who gets which form, with which words, options and entries."""
