// Every English sentence of the admin page, in one place. Figures are put in by the functions; `format.ts` makes them.

export const text = {
  product: "Seedling",
  home: "Seedling, overview of all swarms",
  skip: "Skip to the content",

  status: {
    loading: "Connecting",
    live: "Live",
    offline: "Offline",
  },
  offline: {
    unreachable: "The tracker can’t be reached.",
    refused: (status: number) => `The tracker answered with an error (HTTP ${status}).`,
    unreadable: "The tracker’s answer can’t be read.",
    stale: (time: string) => `These figures are from ${time}.`,
    retryIn: (seconds: number) => `Trying again in ${seconds} s`,
    retrying: "Trying again…",
    retryNow: "Try now",
    waitingTitle: "Waiting for the tracker",
    waitingBody: "Its figures appear here as soon as it answers. There is no need to reload the page.",
  },

  theme: {
    legend: "Theme",
    system: "Follow the system",
    light: "Light",
    dark: "Dark",
  },

  totals: {
    heading: "Totals",
    swarms: "Swarms",
    seeders: "Seeders",
    leechers: "Leechers",
    announces: "Announces / s",
    uptime: "Uptime",
    completed: (count: string) => `${count} completed`,
    share: (percent: string) => `${percent} of all peers`,
    noPeers: "no peers yet",
    answered: (count: string) => `${count} answered`,
    refused: (count: string) => `${count} refused`,
    version: (version: string) => `version ${version}`,
  },

  history: {
    heading: "Last hour",
    show: "Show in the plot",
    peers: "Peers",
    announces: "Announces",
    swarms: "Swarms",
    seeders: "Seeders",
    leechers: "Leechers",
    announcesPerSecond: "Announces per second",
    empty: "The plot begins with the first two readings.",
    summary: (values: string) => `Plot over the last hour. ${values}. Arrow keys step through the readings.`,
  },

  swarms: {
    heading: "Swarms",
    search: "Search swarms by name or info hash",
    placeholder: "Name or info hash",
    sortBy: "Sort by",
    name: "Name",
    seeders: "Seeders",
    leechers: "Leechers",
    completed: "Completed",
    size: "Size",
    lastAnnounce: "Last announce",
    matching: (matching: string, all: string) => `${matching} of ${all}`,
    emptyTitle: "No swarms yet",
    emptyBody: "A swarm appears here with the first announce. This is the address to put into a torrent:",
    noMatchTitle: "No swarm matches",
    noMatchBody: (query: string) => `Nothing here has “${query}” in its name or info hash.`,
    clear: "Clear the search",
  },

  swarm: {
    back: "All swarms",
    infoHash: "Info hash",
    unnamed: "Unnamed swarm",
    missingTitle: "No such swarm",
    missingBody:
      "No peer announces this info hash, or all of them have left. The page shows the swarm when one comes.",
  },

  peers: {
    heading: "Peers",
    address: "Address",
    client: "Client",
    progress: "Progress",
    download: "Download",
    upload: "Upload",
    lastSeen: "Last seen",
    emptyTitle: "No peers",
    emptyBody: "Nobody is in this swarm at the moment.",
    total: (bytes: string) => `${bytes} in all`,
    unknownProgress: "unknown",
  },

  more: (next: string) => `Show ${next} more`,
  bounded: (held: string, all: string) => `The ${held} most recently active of ${all} are listed.`,
  showing: (shown: string, all: string) => `Showing ${shown} of ${all}`,
  copy: {
    infoHash: "Copy the info hash",
    announceUrl: "Copy the announce address",
    done: "Copied",
    failed: "Copying isn’t allowed here",
  },
  notFound: {
    title: "Nothing grows here",
    body: "This address belongs to no page of the tracker.",
    link: "Go to the overview",
  },
  footer: "Figures come from this tracker alone; nothing leaves it.",
} as const;
