const express = require("express");

const app = express();
app.get("/healthz", (_, response) => response.sendStatus(200));
app.listen(process.env.PORT || 3000);
