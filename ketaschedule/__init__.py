"""Ketamine and esketamine courses: published protocols, a person's calendar, check-ins, reminders."""
