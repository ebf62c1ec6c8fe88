// Go's client: GET, then POST on the same kept connection, for each line of stdin.
// A line is `INDEX ORIGIN CONNECTION PATH BYTES`; what is told is `INDEX STATUS CODE RETRY-AFTER COMPLAINT
// BODY`, separated by tabs, the body in base64.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

type job struct {
	index, path string
	size        int
}

var telling sync.Mutex

func tell(index string, response *http.Response, body []byte, err error) {
	status, code, retryAfter, complaint := 0, "", "", ""
	if response != nil {
		status = response.StatusCode
		code = response.Header.Get("x-tailer-proxy-error")
		retryAfter = response.Header.Get("retry-after")
	}
	if err != nil {
		complaint = strings.NewReplacer("\t", " ", "\n", " ").Replace(err.Error())
	}
	telling.Lock()
	defer telling.Unlock()
	text := base64.StdEncoding.EncodeToString(body)
	fmt.Printf("%s\t%d\t%s\t%s\t%s\t%s\n", index, status, code, retryAfter, complaint, text)
}

func run(origin string, jobs []job) {
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{}}
	for _, each := range jobs {
		if warm, err := client.Get(origin + "/warm"); err == nil {
			io.Copy(io.Discard, warm.Body)
			warm.Body.Close()
		}
		request, _ := http.NewRequest("POST", origin+each.path, bytes.NewReader(make([]byte, each.size)))
		// Says that it may be sent again, which Go then does as it does with a GET.
		request.Header["Idempotency-Key"] = nil
		response, err := client.Do(request)
		if err != nil {
			tell(each.index, nil, nil, err)
			continue
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		tell(each.index, response, body, err)
	}
}

func main() {
	jobs := map[string][]job{}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var origin, connection string
		var each job
		fmt.Sscan(lines.Text(), &each.index, &origin, &connection, &each.path, &each.size)
		key := origin + " " + connection
		jobs[key] = append(jobs[key], each)
	}
	var all sync.WaitGroup
	for key, own := range jobs {
		all.Add(1)
		go func(origin string, own []job) {
			defer all.Done()
			run(origin, own)
		}(strings.Fields(key)[0], own)
	}
	all.Wait()
}
