// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from 'vite';

// @grafana/ui reads a few of Node's globals.
export default defineConfig({
  define: { 'process.env.NODE_ENV': '"production"', 'process.env': '{}', global: 'globalThis' },
  build: { chunkSizeWarningLimit: 20000, minify: false },
  logLevel: 'error',
});
