import os

from celery import Celery

app = Celery("billing", broker=os.environ["CELERY_BROKER_URL"])
