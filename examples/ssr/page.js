// A page that is rendered on the server: a handler by the fetch event of web workers.
const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

function Page({ name, items }) {
  return `<!doctype html>
<title>${escape(name)}</title>
<h1>hello ${escape(name)}</h1>
<ul>
${items.map((item) => `<li>${escape(item)}</li>`).join("\n")}
</ul>
`;
}

async function answer(request) {
  const url = new URL(request.url);
  if (request.method === "POST") {
    return new Response((await request.text()).toUpperCase(), { headers: { "content-type": "text/plain" } });
  }
  if (url.pathname !== "/") {
    return new Response("not found\n", { status: 404 });
  }
  const name = url.searchParams.get("name") ?? "world";
  const items = [...url.searchParams].map(([key, value]) => `${key} is ${value}`);
  return new Response(Page({ name, items }), { headers: { "content-type": "text/html; charset=utf-8" } });
}

addEventListener("fetch", (event) => event.respondWith(answer(event.request)));
