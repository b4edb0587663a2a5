// A certified OpenID Connect provider at a port of this machine, with accounts and groups that exist only here.
import { Provider } from "oidc-provider";

const [port] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const groups = { robin: ["Service desk"], kim: ["Choir"] };

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "front-end",
      redirect_uris: ["http://127.0.0.1/back"],
      token_endpoint_auth_method: "none",
      application_type: "native",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
    },
  ],
  features: {
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: "desk",
        audience: "zeven",
        accessTokenFormat: "jwt",
        accessTokenTTL: 300,
        jwt: { sign: { alg: "RS256" } },
      }),
    },
  },
  extraTokenClaims: (_, token) => ({
    preferred_username: token.accountId,
    name: "Robin Vale",
    groups: groups[token.accountId] ?? [],
  }),
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});

provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
