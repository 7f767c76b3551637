"""The writers of the pages that are made from data; `docs/build.py` names page and writer."""
