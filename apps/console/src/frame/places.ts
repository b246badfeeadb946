/** The pages that one goes to by name. What is not built is not here. */
export type Place =
  | "home"
  | "corpus"
  | "search"
  | "runs"
  | "models"
  | "playground"
  | "deployments"
  | "monitor"
  | "events"
  | "automation"
  | "admin";

export interface Stop {
  readonly place: Place;
  readonly name: string;
  /** On a phone. */
  readonly short: string;
  readonly href: string;
  /** Stroke of a 16 px icon. */
  readonly icon: string;
  /** Stands in the bar at the foot of a phone; the others are found from the top. */
  readonly onPhone: boolean;
}

export const GROUPS: readonly { readonly group: string; readonly stops: readonly Stop[] }[] = [
  {
    group: "",
    stops: [
      {
        place: "home",
        name: "Home",
        short: "Home",
        href: "/",
        icon: "M2.5 7.5 8 3l5.5 4.5M4 6.8V13h8V6.8",
        onPhone: true,
      },
    ],
  },
  {
    group: "Data",
    stops: [
      {
        place: "corpus",
        name: "Corpus",
        short: "Data",
        href: "/corpus",
        icon: "M2.5 3.5h11M4 7h8M5.5 10.5h5M6.5 13.5h3",
        onPhone: true,
      },
      {
        place: "search",
        name: "Search",
        short: "Search",
        href: "/search",
        icon: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.3 10.3 13.5 13.5",
        onPhone: false,
      },
    ],
  },
  {
    group: "Train",
    stops: [
      {
        place: "runs",
        name: "Runs",
        short: "Runs",
        href: "/runs",
        icon: "M2.5 3v10.5h11M4.5 5c2 5 4 5.5 8.5 5.8",
        onPhone: true,
      },
    ],
  },
  {
    group: "Models",
    stops: [
      {
        place: "models",
        name: "Versions",
        short: "Models",
        href: "/models",
        icon: "M8 2.5 13.5 5.5v5L8 13.5 2.5 10.5v-5ZM2.5 5.5 8 8.5l5.5-3M8 8.5v5",
        onPhone: true,
      },
      {
        place: "playground",
        name: "Playground",
        short: "Try",
        href: "/playground",
        icon: "M2.5 3.5h11v7h-6l-3 3v-3h-2ZM5.5 7h5",
        onPhone: false,
      },
    ],
  },
  {
    group: "Serve",
    stops: [
      {
        place: "deployments",
        name: "Deployments",
        short: "Deploy",
        href: "/deployments",
        icon: "M2.5 8H6c3 0 2.5-4 7.5-4M6 8c3 0 2.5 4 7.5 4M11.5 2.5 13.5 4l-2 1.5M11.5 10.5l2 1.5-2 1.5",
        onPhone: false,
      },
      {
        place: "monitor",
        name: "Monitor",
        short: "Alerts",
        href: "/monitor",
        icon: "M2 9h2.5l1.5-5 3 9 2-6 1 2h2",
        onPhone: true,
      },
    ],
  },
  {
    group: "Automate",
    stops: [
      {
        place: "events",
        name: "Events",
        short: "Events",
        href: "/events",
        icon: "M3.5 2.5v11M3.5 5.5h3M3.5 10.5h3M6.5 3.5h7v4h-7ZM6.5 8.5h7v4h-7Z",
        onPhone: false,
      },
      {
        place: "automation",
        name: "Automation",
        short: "Rules",
        href: "/automation",
        icon: "M9 2.5 4 9h4l-1 4.5L12 7H8Z",
        onPhone: false,
      },
    ],
  },
];

/** For admins, at the foot of the rail. */
export const ADMIN: Stop = {
  place: "admin",
  name: "Admin",
  short: "Admin",
  href: "/admin",
  icon: "M8 2.5 13 4.5v3.5c0 3-2 5-5 6-3-1-5-3-5-6V4.5ZM6 8l1.5 1.5L10.5 6.5",
  onPhone: false,
};
