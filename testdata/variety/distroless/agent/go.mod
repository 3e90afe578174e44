module example.com/risk/agent

go 1.23
