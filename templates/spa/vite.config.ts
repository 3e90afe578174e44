import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  // While developing, the API is asked on this machine.
  server: { proxy: { "/api": "http://127.0.0.1:{{api-port}}" } },
});
