// Bundle the browser's code: `node build.mjs OUTDIR`.
//
// Writes hashed files (so that caches may keep them for ever), a compressed twin of each (.br, .gz) and manifest.json,
// which tells the templates the hashed name of every entry.
import { createHash } from "node:crypto";
import { readFile, writeFile, mkdir, rm } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const out = resolve(process.argv[2] ?? "dist");
const here = import.meta.dirname;
const entries = ["early.js", "base.js", "base.css", "form.css", "form_editor.css", "diagram.css"];

async function sprite() {
  const names = JSON.parse(await readFile(join(here, "src/icons.json"), "utf8"));
  const symbols = await Promise.all(
    names.map(async (name) => {
      const [style, file] = name.includes("/") ? name.split("/") : ["outline", name];
      const svg = await readFile(join(here, `node_modules/@tabler/icons/icons/${style}/${file}.svg`), "utf8");
      const body = svg.replace(/<!--[^]*?-->/g, "").replace(/^[^]*?<svg[^>]*>|<\/svg>\s*$/g, "").replace(/\s*\n\s*/g, "");
      return `<symbol id="${file}" viewBox="0 0 24 24">${body}</symbol>`;
    }),
  );
  const text = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
  const name = `icons-${createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase()}.svg`;
  await writeFile(join(out, name), text);
  return name;
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

const result = await build({
  absWorkingDir: here,
  entryPoints: entries.map((name) => (name.endsWith(".css") ? `src/css/${name}` : `src/${name}`)),
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  jsx: "automatic",
  jsxImportSource: "preact",
  target: ["chrome123", "firefox128", "safari17.5"],
  minify: true,
  metafile: true,
  legalComments: "linked",
  define: { "process.env.NODE_ENV": '"production"' },
  // one modern font format each: the bpmn font's old twins would only add weight
  loader: { ".woff2": "file", ".woff": "empty", ".ttf": "empty", ".eot": "empty", ".svg": "dataurl" },
  logLevel: "warning",
});

const manifest = { "icons.svg": await sprite() };
for (const [file, { entryPoint }] of Object.entries(result.metafile.outputs))
  if (entryPoint && entries.includes(basename(entryPoint))) manifest[basename(entryPoint)] = basename(file);
await writeFile(join(out, "manifest.json"), JSON.stringify(manifest, null, 1));

const files = [...Object.keys(result.metafile.outputs).map((file) => basename(file)), manifest["icons.svg"]];
for (const file of files.filter((name) => [".js", ".css", ".svg"].includes(extname(name)))) {
  const bytes = await readFile(join(out, file));
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  await writeFile(join(out, `${file}.br`), brotliCompressSync(bytes, quality));
  await writeFile(join(out, `${file}.gz`), gzipSync(bytes, { level: 9 }));
}
