"""What analysts, managers and administrators see of processes: versions, deploying, moving cases, figures."""
