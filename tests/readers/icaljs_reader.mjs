// Reads a calendar file from standard input with ical.js and writes what it saw as JSON.
// The address of the module is the first argument.
import { readFileSync } from "node:fs";

const { default: ICAL } = await import(process.argv[2]);

function instant(time) {
  if (time.isDate) {
    return time.toString();
  }
  if (time.zone === ICAL.Timezone.localTimezone) {
    return `${time.toString()} (floating)`;
  }
  return time.toJSDate().toISOString().replace(".000Z", "Z");
}

const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf-8")));
for (const zone of calendar.getAllSubcomponents("vtimezone")) {
  ICAL.TimezoneService.register(zone);
}
const seen = calendar.getAllSubcomponents("vevent").map((component) => {
  const event = new ICAL.Event(component);
  return {
    uid: event.uid,
    start: instant(event.startDate),
    end: instant(event.endDate),
    summary: event.summary ?? "",
    description: event.description ?? "",
    status: component.getFirstPropertyValue("status") ?? "",
    sequence: event.sequence ?? 0,
  };
});
process.stdout.write(JSON.stringify(seen));
