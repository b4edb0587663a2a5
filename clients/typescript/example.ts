// A front end's first steps with the generated clients; the check compiles it, so that it stays correct.
import { client as governance } from "./src/governance/client.gen";
import { client as incident } from "./src/incident/client.gen";
import { listIncidents, registerCall } from "./src/incident/sdk.gen";

for (const client of [governance, incident]) {
  client.setConfig({ baseUrl: "http://127.0.0.1:8080", auth: () => "a token of POST /governance/v1/token" });
}

export async function report(title: string, description: string): Promise<string | undefined> {
  const { data, error } = await registerCall({ body: { type: "incident", title, description, impact: "high" } });
  if (error) throw new Error(error.detail);
  return data?.record?.number ?? undefined;
}

export async function openIncidents(): Promise<string[]> {
  const { data } = await listIncidents({ query: { state: ["in_recovery"], limit: 50 } });
  return (data?.items ?? []).map((incident) => `${incident.number} ${incident.title}`);
}
