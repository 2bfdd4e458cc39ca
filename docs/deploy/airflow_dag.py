"""recon as an Airflow DAG (Airflow 3): dags/recon.py. The worker keeps the workspace's folder on a disk of its own."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta

from airflow.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from airflow.sdk import dag, task

FOLDER = "/srv/recon/acme"
RECON = "/srv/recon/venv/bin/recon"

# The night is done, and a person should look: `recon status`. The task shows as skipped, and the DAG goes on.
LOOK = {4: "something is withheld until a person looks", 5: "some corrections were refused or did not hold"}
# Trying again changes nothing.
FINAL = {1: "a bug in recon", 2: "usage or configuration", 3: "an input cannot be trusted; nothing was sent"}


@dag(
    dag_id="recon",
    schedule="15 3 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,  # recon compares what is there now: a night of last week cannot be made up for
    max_active_runs=1,
)
def recon():
    @task(retries=2, retry_delay=timedelta(minutes=15))
    def night():
        done = subprocess.run([RECON, "run", "--apply", "--yes", "--no-progress"], cwd=FOLDER, check=False)
        if done.returncode in LOOK:
            raise AirflowSkipException(LOOK[done.returncode])
        if done.returncode in FINAL:
            raise AirflowFailException(FINAL[done.returncode])
        if done.returncode:  # 6: a remote side is away; 143: the worker was stopped
            raise AirflowException(f"recon ended with {done.returncode}")

    night()


recon()
