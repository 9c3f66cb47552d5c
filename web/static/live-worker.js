// The one connection of all pages of a browser: each page says what it watches, every frame goes to all that watch.

import { LiveConnection } from "./live-connection.js";

const pages = new Map();
const tell = (message) => pages.forEach((topics, port) => topics.length && port.postMessage(message));
const connection = new LiveConnection({
  base: new URL("..", self.location.href).href.replace(/\/$/, ""),
  onFrame: (frame) => tell({ frame }),
  onState: (state, status) => tell({ state, status }),
});

self.onconnect = ({ ports: [port] }) => {
  pages.set(port, []);
  port.onmessage = ({ data }) => {
    if (data.bye) pages.delete(port);
    else pages.set(port, data.watch);
    connection.want([...pages.values()].flat());
  };
};
