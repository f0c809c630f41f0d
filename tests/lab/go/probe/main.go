// What the lab's own tests run in pods: a server that says where and with what it runs, and the client for it.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

const usage = "probe serve ADDRESS | probe get URL PATIENCE | probe write FILE TEXT"

func main() {
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "serve":
		return serve(args[1])
	case len(args) == 3 && args[0] == "get":
		patience, err := time.ParseDuration(args[2])
		if err != nil {
			return err
		}
		return get(args[1], time.Now().Add(patience))
	case len(args) == 3 && args[0] == "write":
		return os.WriteFile(args[1], []byte(args[2]), 0o644)
	}
	return fmt.Errorf("usage: %s", usage)
}

// serve answers / with the pod's name, /env/NAME with a variable and /file/PATH with a file.
func serve(address string) error {
	http.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		name, _ := os.Hostname()
		fmt.Fprint(w, name)
	})
	http.HandleFunc("GET /env/{name}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, os.Getenv(r.PathValue("name")))
	})
	http.HandleFunc("GET /file/{path...}", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, "/"+r.PathValue("path"))
	})
	return http.ListenAndServe(address, nil)
}

// get prints what the address answers; until the deadline a refusal is only a reason to ask again.
func get(url string, deadline time.Time) error {
	for {
		text, err := ask(url)
		if err == nil {
			fmt.Print(text)
			return nil
		}
		if time.Now().After(deadline) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func ask(url string) (string, error) {
	client := http.Client{Timeout: 2 * time.Second}
	answer, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s", answer.Status)
	}
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}
