import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const weir = process.env.WEIR_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  build: {
    outDir: "dist/app",
    emptyOutDir: true,
    target: "es2022",
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    // Data URLs would need a wider policy for content than 'self'.
    assetsInlineLimit: 0,
    license: { fileName: "assets/licenses.md" },
  },
  server: { proxy: { "/api": weir } },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"], setupFiles: ["src/test-setup.ts"] },
});
