#!/bin/bash
#SBATCH --job-name=sweep
#SBATCH --array=1-16
#SBATCH --cpus-per-task=4
#SBATCH --gres=gpu:1
#SBATCH --time=04:00:00
#SBATCH --requeue
# Sixteen workers of one study. SIGTERM two minutes before the time is up: running trials are given back, and the next worker goes on with them.
#SBATCH --signal=TERM@120
# The connection string is in a file that only its owner may read: SWEEP_DATABASE=Host=...;Database=...;Username=...;Password=...
set -euo pipefail
set -a
source "$HOME/.config/sweep.env"
set +a
exec srun "$HOME/my-sweep/MySweep" worker
