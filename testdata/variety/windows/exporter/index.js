require("http").createServer().listen(9100);
