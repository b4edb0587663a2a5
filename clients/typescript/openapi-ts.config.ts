import { readdirSync } from "node:fs";
import { defineConfig } from "@hey-api/openapi-ts";

const documents = "../../docs/openapi";

// One client per service, from the document that the repository holds of it.
export default defineConfig(
  readdirSync(documents).map((file) => ({
    input: `${documents}/${file}`,
    output: `src/${file.replace(".json", "")}`,
    plugins: ["@hey-api/typescript", "@hey-api/sdk", "@hey-api/client-fetch"],
  })),
);
