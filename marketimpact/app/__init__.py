"""Where sources, study and pages meet: the study file, its run, its outputs, and the demonstration."""
