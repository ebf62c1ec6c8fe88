"""Python's clients: GET, then POST on the same kept connection, for each line of stdin.

A line is `INDEX ORIGIN CONNECTION PATH BYTES`; what is told is `INDEX STATUS CODE RETRY-AFTER COMPLAINT BODY`,
separated by tabs, the body in base64.
"""

import base64
import http.client
import sys
import threading
from collections import defaultdict
from urllib.parse import urlsplit

TIMEOUT = 30
tell_lock = threading.Lock()


def tell(index, status, fields, body, complaint):
    columns = [
        index,
        str(status),
        fields.get("x-tailer-proxy-error") or "",
        fields.get("retry-after") or "",
        complaint.replace("\t", " ").replace("\n", " "),
        base64.b64encode(body).decode(),
    ]
    with tell_lock:
        print("\t".join(columns), flush=True)


def name_of(error):
    return f"{type(error).__name__}: {error}"


def with_http_client(origin, jobs):
    parts = urlsplit(origin)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT)
    for index, path, size in jobs:
        connection.request("GET", "/warm")
        connection.getresponse().read()
        try:
            connection.request("POST", path, body=b"b" * size)
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            tell(index, 0, {}, b"", name_of(error))
            connection.close()
            continue
        try:
            tell(index, response.status, response.headers, response.read(), "")
        except (OSError, http.client.HTTPException) as error:
            tell(index, response.status, response.headers, b"", name_of(error))
            connection.close()


def with_urllib3(origin, jobs):
    import urllib3

    # Sends again whatever it is invited to by `retry-after`, POSTs too, but nothing that was cut.
    retries = urllib3.Retry(
        total=2, connect=0, read=0, other=0, status=2, allowed_methods=None, raise_on_status=False
    )
    pool = urllib3.PoolManager(maxsize=1, timeout=TIMEOUT, retries=retries)
    for index, path, size in jobs:
        pool.request("GET", origin + "/warm")
        try:
            response = pool.request(
                "POST",
                origin + path,
                body=b"b" * size,
                preload_content=False,
                enforce_content_length=True,
            )
        except urllib3.exceptions.HTTPError as error:
            tell(index, 0, {}, b"", name_of(error))
            continue
        try:
            tell(index, response.status, response.headers, response.read(), "")
        except urllib3.exceptions.HTTPError as error:
            tell(index, response.status, response.headers, b"", name_of(error))
        finally:
            response.release_conn()


def with_requests(origin, jobs):
    import requests

    session = requests.Session()
    for index, path, size in jobs:
        session.get(origin + "/warm", timeout=TIMEOUT)
        try:
            response = session.post(origin + path, b"b" * size, stream=True, timeout=TIMEOUT)
        except requests.RequestException as error:
            tell(index, 0, {}, b"", name_of(error))
            continue
        try:
            tell(index, response.status_code, response.headers, response.content, "")
        except requests.RequestException as error:
            tell(index, response.status_code, response.headers, b"", name_of(error))
        finally:
            response.close()


KINDS = {"http.client": with_http_client, "urllib3": with_urllib3, "requests": with_requests}


def main():
    run = KINDS[sys.argv[1]]
    jobs = defaultdict(list)
    for line in sys.stdin:
        index, origin, connection, path, size = line.split()
        jobs[origin, connection].append((index, path, int(size)))
    threads = [
        threading.Thread(target=run, args=(origin, own)) for (origin, _), own in jobs.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
