import { useEffect, useState } from "react";

export function App() {
  const [message, setMessage] = useState("…");

  useEffect(() => {
    fetch("/api/hello")
      .then((response) => response.json())
      .then((body: { message: string }) => setMessage(body.message))
      .catch(() => setMessage("the API does not answer"));
  }, []);

  return <h1>{message}</h1>;
}
