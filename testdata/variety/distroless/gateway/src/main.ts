import { createServer } from "node:http";

createServer((request, response) => {
  response.writeHead(request.url === "/health" ? 200 : 404).end();
}).listen(8080);
